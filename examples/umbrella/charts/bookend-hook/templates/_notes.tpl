{{/*
For the NOTES.txt of the chart: what `helm uninstall` deletes first, and, where the settings name an existing account, which rights it needs.

    {{ include "bookend-hook.notes" . }}

Settings that are kept elsewhere: the same dict as for bookend-hook.objects.
*/}}
{{- define "bookend-hook.notes" -}}
{{- $from := . -}}
{{- if not (hasKey . "context") -}}
{{- $from = dict "context" . "settings" (.Values.bookend | default dict) "path" "bookend" -}}
{{- end -}}
{{- include "bookend-hook.validate" $from -}}
{{- $hook := include "bookend-hook.resolved" $from | fromYaml | merge (dict "context" $from.context "settings" $from.settings) -}}
`helm uninstall {{ $from.context.Release.Name }} --namespace {{ $from.context.Release.Namespace }}` deletes these first, and waits until they and their Pods are gone:
{{- include "bookend-hook.targetsInWords" $hook }}

The hook runs the image {{ include "bookend-hook.image" ($from.settings.image | default dict) }}. The nodes must be able to pull it at uninstall.
{{- if not $from.settings.checkImage }} The value {{ include "bookend-hook.path" $from }}.checkImage: true tests that at each install and upgrade.{{ end }}
{{- if $from.settings.serviceAccountName }}

It does so as ServiceAccount {{ $from.context.Release.Namespace }}/{{ $hook.accountName }}. This release neither makes that account nor deletes it. The account needs these rights:

{{/* Under another name than the hook's own: should the settings name no account some day, Helm would delete these with the hook. */}}
{{- $bare := dict "bare" true "clusterName" (printf "bookend-hook:%s:%s" $from.context.Release.Namespace $hook.accountName) -}}
{{ include "bookend-hook.rights" (merge $bare $hook) | trim | trimPrefix "---" | trim }}
{{- end }}
{{- end }}
