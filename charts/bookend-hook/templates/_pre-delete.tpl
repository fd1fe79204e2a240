{{/*
The whole hook, for a chart that has `bookend.delete` in its values:

    {{ include "bookend-hook.pre-delete" . }}
*/}}
{{- define "bookend-hook.pre-delete" -}}
{{- include "bookend-hook.objects" (dict "context" . "settings" (.Values.bookend | default dict) "path" "bookend") -}}
{{- end }}

{{/*
The same for a chart that keeps these settings elsewhere.

context: the chart's own context, settings: what README.md describes, path: where the settings are, for messages.

Everything is a hook, the account and its rights too: Helm makes them in the order of their weights just before it needs them. They go when
the hook has succeeded, and also when the Job has failed; only a failed Job stays, with its log, until the next `helm uninstall`. Where the settings
name an existing account, the hook makes neither account nor rights, and deletes none.
*/}}
{{- define "bookend-hook.objects" -}}
{{- include "bookend-hook.validate" . -}}
{{- $hook := include "bookend-hook.resolved" . | fromYaml | merge (dict "context" .context "settings" .settings) -}}
{{- if not .settings.serviceAccountName }}
{{ include "bookend-hook.account" $hook }}
{{ include "bookend-hook.rights" $hook }}
{{- end }}
{{ include "bookend-hook.job" $hook }}
{{- if .settings.checkImage }}
{{ include "bookend-hook.imageCheck" $hook }}
{{- end }}
{{- end }}

{{/* What the settings come to in this release: names, targets and accounts, with their templates filled in. */}}
{{- define "bookend-hook.resolved" -}}
name: {{ include "bookend-hook.name" . | quote }}
imageName: {{ include "bookend-hook.imageName" . | quote }}
clusterName: {{ include "bookend-hook.clusterName" . | quote }}
accountName: {{ include "bookend-hook.accountName" . | quote }}
targets:
  {{- include "bookend-hook.targets" . | nindent 2 }}
accounts:
  {{- include "bookend-hook.accounts" . | nindent 2 }}
{{- end }}
