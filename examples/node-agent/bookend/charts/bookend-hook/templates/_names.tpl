{{/*
What the hook's objects are called. Helm deletes whatever has the name of a hook before it makes the hook, and again after it, and never asks who
made it. So no name may be one that somebody else could use by accident: every name ends in a digest of the namespace, the release, the chart
within its parents, and the values that the hook is made from. Two releases, two subcharts or two hooks of one chart never share a name,
whatever is cut off in front of the digest.

The name ends up in Pod labels, so 63 characters are all there are.
*/}}
{{- define "bookend-hook.name" -}}
{{ regexReplaceAll "[-.]+$" (.context.Release.Name | trunc 40) "" }}-bookend-hook-{{ include "bookend-hook.digest" . }}
{{- end }}

{{/* The account and the Job that try the image at install. */}}
{{- define "bookend-hook.imageName" -}}
{{ regexReplaceAll "[-.]+$" (.context.Release.Name | trunc 40) "" }}-bookend-image-{{ include "bookend-hook.digest" . }}
{{- end }}

{{- define "bookend-hook.digest" -}}
{{ list .context.Release.Namespace .context.Release.Name (include "bookend-hook.chart" .context) .path | toJson | sha256sum | trunc 8 }}
{{- end }}

{{/*
What stands outside of the release's namespace carries that namespace in its name. No namespace contains a colon, so `a-b` with `c` and `a` with
`b-c` stay apart.
*/}}
{{- define "bookend-hook.clusterName" -}}
bookend-hook:{{ .context.Release.Namespace }}:{{ include "bookend-hook.name" . }}
{{- end }}

{{/* The chart within its parents, `parent/charts/child/templates`: nothing else tells one subchart from another of the same name. */}}
{{- define "bookend-hook.chart" -}}
{{ (.Template | default dict).BasePath | default .Chart.Name }}
{{- end }}

{{/* The path of the settings as the person writes it who installs the outermost chart: `child.bookend`. */}}
{{- define "bookend-hook.path" -}}
{{- range regexFindAll "/charts/[^/]+" (include "bookend-hook.chart" .context) -1 -}}
{{ trimPrefix "/charts/" . }}.
{{- end -}}
{{ .path }}
{{- end }}

{{/* The account that the Job runs as: its own, or an existing one that the settings name. */}}
{{- define "bookend-hook.accountName" -}}
{{- if .settings.serviceAccountName -}}
{{ tpl .settings.serviceAccountName .context }}
{{- else -}}
{{ include "bookend-hook.name" . }}
{{- end -}}
{{- end }}

{{- define "bookend-hook.labels" -}}
{{- with .context -}}
helm.sh/chart: {{ regexReplaceAll "[-._]+$" (printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63) "" | quote }}
app.kubernetes.io/name: bookend-hook
app.kubernetes.io/instance: {{ .Release.Name | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end }}
app.kubernetes.io/component: {{ .component | default "pre-delete" }}
{{- end }}

{{/*
before-hook-creation removes what an interrupted uninstall left. Without it Helm 3 would refuse the next uninstall, and Helm 4 would go on with the
object that it finds, regardless of its creator and its permissions.
*/}}
{{- define "bookend-hook.annotations" -}}
helm.sh/hook: {{ .hook.on | default "pre-delete" }}
helm.sh/hook-weight: {{ .weight | quote }}
helm.sh/hook-delete-policy: before-hook-creation,hook-succeeded
{{- end }}
