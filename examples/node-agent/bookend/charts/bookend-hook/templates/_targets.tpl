{{/*
What `bookend delete --targets` takes. Names, selector and namespace may be templates, such as {{ .Release.Name }}. `all` is not handed on: it says
that nothing limits the target, and for `bookend delete` a target without a limit is just that.
*/}}
{{- define "bookend-hook.targets" -}}
{{- $context := .context -}}
{{- range .settings.delete }}
- kind: {{ .kind | quote }}
  {{- with .names }}
  names:
    {{- range . }}
    - {{ tpl . $context | quote }}
    {{- end }}
  {{- end }}
  {{- if .selector }}
  selector: {{ tpl .selector $context | quote }}
  {{- end }}
  {{- if .namespace }}
  namespace: {{ tpl .namespace $context | quote }}
  {{- end }}
{{- end }}
{{- end }}

{{/* The accounts that the Job may act as; an entry without a namespace stands for all accounts of the cluster. */}}
{{- define "bookend-hook.accounts" -}}
{{- $context := .context -}}
{{- range .settings.impersonate }}
{{- if .all }}
- all: true
{{- else }}
- namespace: {{ tpl .namespace $context | quote }}
  name: {{ tpl .name $context | quote }}
{{- end }}
{{- end }}
{{- end }}

{{/* The targets in words, for the notes of the chart. */}}
{{- define "bookend-hook.targetsInWords" -}}
{{- range $index, $target := .targets }}
  {{- $kind := hasPrefix "*." .kind | ternary (printf "objects of the API group %s" (trimPrefix "*." .kind)) .kind }}
  {{ add1 $index }}. {{ if .names }}{{ .kind }} {{ join ", " .names }}{{ else if .selector }}the {{ $kind }} with {{ .selector }}{{ else }}all {{ $kind }}{{ end }}
  {{- if .namespace }} in namespace {{ .namespace }}{{ else if not .names }} in the whole cluster, whichever release they belong to{{ end }}
{{- end }}
{{- end }}
