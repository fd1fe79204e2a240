{{/* The one name that all releases share: see access.yaml. */}}
{{- define "bookend.operatorRole" -}}
bookend-operator
{{- end }}

{{- define "bookend.subject" -}}
- kind: ServiceAccount
  name: {{ include "bookend.fullname" . }}
  namespace: {{ .Release.Namespace }}
{{- end }}

{{/* The rules of a scope, from files/rights.yaml. accounts: what stands for $(accounts). */}}
{{- define "bookend.rules" -}}
{{- $context := .context -}}
{{- $scope := .scope -}}
{{- $name := include "bookend.fullname" $context -}}
{{- $accounts := .accounts | default list -}}
{{- range $context.Files.Get "files/rights.yaml" | fromYamlArray -}}
{{- $given := or (not .when) (include "bookend.isSet" (dict "values" $context.Values "path" .when)) -}}
{{- $taken := and .unless (include "bookend.isSet" (dict "values" $context.Values "path" .unless)) -}}
{{- if and (eq .scope $scope) $given (not $taken) }}
# {{ .reason }}
- apiGroups: {{ toJson .apiGroups }}
  resources: {{ toJson .resources }}
  {{- with .resourceNames }}
  resourceNames: {{ if has "$(accounts)" . }}{{ toJson $accounts }}{{ else }}{{ toJson . | replace "$(name)" $name }}{{ end }}
  {{- end }}
  verbs: {{ toJson .verbs }}
{{- end -}}
{{- end -}}
{{- end }}

{{/* "true" when the value at a path such as webhook.enabled is neither false nor empty. */}}
{{- define "bookend.isSet" -}}
{{- $value := .values -}}
{{- range splitList "." .path -}}
{{- $value = get $value . -}}
{{- end -}}
{{- if $value -}}true{{- end -}}
{{- end }}

{{/* A Role of the operator in a namespace, and its binding. */}}
{{- define "bookend.access" }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata:
  name: {{ .name }}
  namespace: {{ .namespace }}
  labels:
    {{- include "bookend.labels" .context | nindent 4 }}
rules:
  {{- include "bookend.rules" . | nindent 2 }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata:
  name: {{ .name }}
  namespace: {{ .namespace }}
  labels:
    {{- include "bookend.labels" .context | nindent 4 }}
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: Role
  name: {{ .name }}
subjects:
  {{- include "bookend.subject" .context | nindent 2 }}
{{- end }}
