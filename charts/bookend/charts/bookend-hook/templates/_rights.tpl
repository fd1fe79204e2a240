{{/*
What the Job may do, and no more: delete the named custom resources, and see what was made out of them.

Targets in one namespace need a Role there and nothing beyond it, because what a namespaced object owns lives in its namespace. Only
targets without a namespace need a ClusterRole.
*/}}
{{- define "bookend-hook.rights" -}}
{{- $hook := . -}}
{{- $everywhere := list -}}
{{- $byNamespace := dict -}}
{{- range .targets -}}
  {{- if .namespace -}}
    {{- $_ := set $byNamespace .namespace (append (get $byNamespace .namespace | default list) .) -}}
  {{- else -}}
    {{- $everywhere = append $everywhere . -}}
  {{- end -}}
{{- end -}}
{{- if $everywhere }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: {{ .clusterName }}
  labels:
    {{- include "bookend-hook.labels" .context | nindent 4 }}
  annotations:
    {{- include "bookend-hook.annotations" -9 | nindent 4 }}
rules:
  {{- include "bookend-hook.rules" (dict "targets" $everywhere "settings" .settings) | nindent 2 }}
  # A CustomResourceDefinition has its kind's name here; it may say which controller serves it.
  - apiGroups: [apiextensions.k8s.io]
    resources: [customresourcedefinitions]
    resourceNames:
      {{- range $everywhere }}
      - {{ .kind }}
      {{- end }}
    verbs: [get]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata:
  name: {{ .clusterName }}
  labels:
    {{- include "bookend-hook.labels" .context | nindent 4 }}
  annotations:
    {{- include "bookend-hook.annotations" -8 | nindent 4 }}
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: ClusterRole
  name: {{ .clusterName }}
subjects:
  {{- include "bookend-hook.subject" . | nindent 2 }}
{{- end }}
{{- range $namespace, $targets := $byNamespace }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata:
  name: {{ $hook.clusterName }}
  namespace: {{ $namespace }}
  labels:
    {{- include "bookend-hook.labels" $hook.context | nindent 4 }}
  annotations:
    {{- include "bookend-hook.annotations" -9 | nindent 4 }}
rules:
  {{- include "bookend-hook.rules" (dict "targets" $targets "settings" $hook.settings) | nindent 2 }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata:
  name: {{ $hook.clusterName }}
  namespace: {{ $namespace }}
  labels:
    {{- include "bookend-hook.labels" $hook.context | nindent 4 }}
  annotations:
    {{- include "bookend-hook.annotations" -8 | nindent 4 }}
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: Role
  name: {{ $hook.clusterName }}
subjects:
  {{- include "bookend-hook.subject" $hook | nindent 2 }}
{{- end }}
{{- end }}

{{- define "bookend-hook.subject" -}}
- kind: ServiceAccount
  name: {{ .name }}
  namespace: {{ .context.Release.Namespace }}
{{- end }}

{{/*
`list` and `watch` cannot be limited by name for a client that reads them all at once; deleting can, and is.
What cannot be listed is reported by the Job as "not seen"; settings.children adds to what is always looked at.
*/}}
{{- define "bookend-hook.rules" -}}
{{- range .targets -}}
{{- $parts := splitn "." 2 .kind -}}
- apiGroups: [{{ $parts._1 | default "" | quote }}]
  resources: [{{ $parts._0 }}]
  verbs: [get, list, watch]
- apiGroups: [{{ $parts._1 | default "" | quote }}]
  resources: [{{ $parts._0 }}]
  {{- with .names }}
  resourceNames: {{ toJson . }}
  {{- end }}
  verbs: [delete]
{{ end -}}
- apiGroups: [""]
  resources: [pods, events, replicationcontrollers]
  verbs: [get, list, watch]
- apiGroups: [events.k8s.io]
  resources: [events]
  verbs: [get, list, watch]
- apiGroups: [apps]
  resources: [deployments, replicasets, daemonsets, statefulsets, controllerrevisions]
  verbs: [get, list, watch]
- apiGroups: [batch]
  resources: [jobs, cronjobs]
  verbs: [get, list, watch]
{{- range .settings.children }}
{{- $parts := splitn "." 2 . }}
- apiGroups: [{{ $parts._1 | default "" | quote }}]
  resources: [{{ $parts._0 }}]
  verbs: [get, list, watch]
{{- end }}
{{- end }}
