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
the hook has succeeded, and also when the Job has failed; only a failed Job stays, with its log, until the next `helm uninstall`.
*/}}
{{- define "bookend-hook.objects" -}}
{{- include "bookend-hook.validate" . -}}
{{- $hook := merge (dict
    "name" (include "bookend-hook.name" .context)
    "clusterName" (printf "%s-%s" .context.Release.Namespace (include "bookend-hook.name" .context))
    "targets" (include "bookend-hook.targets" . | fromYamlArray)
  ) . -}}
{{ include "bookend-hook.account" $hook }}
{{ include "bookend-hook.rights" $hook }}
{{ include "bookend-hook.job" $hook }}
{{- end }}

{{/* Job names end up in Pod labels, so 63 characters are all there are. */}}
{{- define "bookend-hook.name" -}}
{{ .Release.Name | trunc 50 | trimSuffix "-" }}-bookend-hook
{{- end }}

{{/* What `bookend delete --targets` takes; names, selector and namespace may be templates, such as {{ .Release.Name }}. */}}
{{- define "bookend-hook.targets" -}}
{{- $context := .context -}}
{{- range .settings.delete }}
- kind: {{ .kind }}
  {{- with .names }}
  names:
    {{- range . }}
    - {{ tpl . $context | quote }}
    {{- end }}
  {{- end }}
  {{- with .selector }}
  selector: {{ tpl . $context | quote }}
  {{- end }}
  {{- with .namespace }}
  namespace: {{ tpl . $context | quote }}
  {{- end }}
{{- end }}
{{- end }}

{{- define "bookend-hook.labels" -}}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version | replace "+" "_" | trunc 40 | trimSuffix "-" }}
app.kubernetes.io/name: bookend-hook
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: pre-delete
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end }}

{{- define "bookend-hook.annotations" -}}
helm.sh/hook: pre-delete
helm.sh/hook-weight: {{ . | quote }}
helm.sh/hook-delete-policy: before-hook-creation,hook-succeeded
{{- end }}
