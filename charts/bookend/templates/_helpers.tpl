{{/* The name that the chart's objects begin with; 40 characters leave room for what follows it. */}}
{{- define "bookend.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{ .Values.fullnameOverride }}
{{- else if contains "bookend" .Release.Name -}}
{{ .Release.Name | trunc 40 | trimSuffix "-" }}
{{- else -}}
{{ printf "%s-bookend" (.Release.Name | trunc 32 | trimSuffix "-") }}
{{- end -}}
{{- end }}

{{- define "bookend.labels" -}}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version | replace "+" "_" }}
{{ include "bookend.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end }}

{{- define "bookend.selectorLabels" -}}
app.kubernetes.io/name: bookend
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{/* The webhook's configuration, Service and Secret: the operator is told one name for all three. */}}
{{- define "bookend.webhook" -}}
{{ include "bookend.fullname" . }}-webhook
{{- end }}

{{/* By digest when there is one: the tag then only says what it is. */}}
{{- define "bookend.image" -}}
{{- with .Values.image -}}
{{ .repository }}:{{ .tag | default $.Chart.AppVersion }}{{ with .digest }}@{{ . }}{{ end }}
{{- end -}}
{{- end }}

{{- define "bookend.seedImage" -}}
{{- with .Values.seed.image -}}
{{ .repository }}:{{ .tag | default $.Chart.AppVersion }}{{ with .digest }}@{{ . }}{{ end }}
{{- end -}}
{{- end }}

{{/* The deployer's cluster-wide rights carry the namespace in their name, as nothing else keeps two of them apart. */}}
{{- define "bookend.deployerRole" -}}
{{ .Release.Namespace }}-{{ .Values.deployer.name }}
{{- end }}

{{/* Of the operator and, unless it has its own, of the uninstall hook. */}}
{{- define "bookend.priorityClassName" -}}
{{- if .Values.priorityClassName -}}
{{ .Values.priorityClassName }}
{{- else if .Values.priorityClass.create -}}
{{ include "bookend.fullname" . }}
{{- end -}}
{{- end }}

{{/* Where the Pods that try image volumes run; the names of Namespaces end after 63 characters. */}}
{{- define "bookend.probeNamespace" -}}
{{ .Release.Namespace | trunc 56 | trimSuffix "-" }}-probes
{{- end }}

{{/* The user as which the operator speaks to the API server. */}}
{{- define "bookend.user" -}}
system:serviceaccount:{{ .Release.Namespace }}:{{ include "bookend.fullname" . }}
{{- end }}
