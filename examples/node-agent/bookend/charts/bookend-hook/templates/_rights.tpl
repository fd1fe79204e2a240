{{/*
What the Job may do, and no more: delete the named custom resources, see what was made out of them, and act as the accounts that the settings name.

Targets in one namespace need a Role there and nothing beyond it, because what a namespaced object owns lives in its namespace. Only targets without
a namespace need a ClusterRole. With `bare` these are ordinary objects for somebody to apply, not hooks.
*/}}
{{- define "bookend-hook.rights" -}}
{{- $hook := . -}}
{{- $everywhere := dict "targets" list "anybody" false "wholeGroup" false -}}
{{- $byNamespace := dict -}}
{{- range .targets -}}
  {{- if .namespace -}}
    {{- $here := get $byNamespace .namespace | default (dict "targets" list "accounts" list) -}}
    {{- $_ := set $byNamespace .namespace (merge (dict "targets" (append $here.targets .)) $here) -}}
  {{- else -}}
    {{- $_ := set $everywhere "targets" (append $everywhere.targets .) -}}
    {{- if hasPrefix "*." .kind -}}
      {{- $_ := set $everywhere "wholeGroup" true -}}
    {{- end -}}
  {{- end -}}
{{- end -}}
{{- range .accounts -}}
  {{- if .all -}}
    {{- $_ := set $everywhere "anybody" true -}}
  {{- else -}}
    {{- $here := get $byNamespace .namespace | default (dict "targets" list "accounts" list) -}}
    {{- $_ := set $byNamespace .namespace (merge (dict "accounts" (append $here.accounts .name)) $here) -}}
  {{- end -}}
{{- end -}}
{{- if or $everywhere.targets $everywhere.anybody }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
{{ include "bookend-hook.rights.metadata" (dict "hook" $hook "weight" -9) }}
rules:
  {{- if $everywhere.targets }}
  {{- include "bookend-hook.rules" (dict "targets" $everywhere.targets "settings" .settings) | nindent 2 }}
  # A CustomResourceDefinition has its kind's name here; it may say which controller serves it. The kinds of a whole group are not known.
  - apiGroups: [apiextensions.k8s.io]
    resources: [customresourcedefinitions]
    {{- if not $everywhere.wholeGroup }}
    resourceNames:
      {{- range $everywhere.targets }}
      - {{ .kind }}
      {{- end }}
    {{- end }}
    verbs: [get]
  {{- end }}
  {{- if $everywhere.anybody }}
  - apiGroups: [""]
    resources: [serviceaccounts]
    verbs: [impersonate]
  {{- end }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
{{ include "bookend-hook.rights.metadata" (dict "hook" $hook "weight" -8) }}
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: ClusterRole
  name: {{ .clusterName | quote }}
subjects:
  {{- include "bookend-hook.subject" . | nindent 2 }}
{{- end }}
{{- range $namespace, $here := $byNamespace }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
{{ include "bookend-hook.rights.metadata" (dict "hook" $hook "weight" -9 "namespace" $namespace) }}
rules:
  {{- if $here.targets }}
  {{- include "bookend-hook.rules" (dict "targets" $here.targets "settings" $hook.settings) | nindent 2 }}
  {{- end }}
  {{- with $here.accounts }}
  - apiGroups: [""]
    resources: [serviceaccounts]
    resourceNames: {{ uniq . | toJson }}
    verbs: [impersonate]
  {{- end }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
{{ include "bookend-hook.rights.metadata" (dict "hook" $hook "weight" -8 "namespace" $namespace) }}
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: Role
  name: {{ $hook.clusterName | quote }}
subjects:
  {{- include "bookend-hook.subject" $hook | nindent 2 }}
{{- end }}
{{- end }}

{{- define "bookend-hook.rights.metadata" -}}
metadata:
  name: {{ .hook.clusterName | quote }}
  {{- with .namespace }}
  namespace: {{ . | quote }}
  {{- end }}
  {{- if not .hook.bare }}
  labels:
    {{- include "bookend-hook.labels" .hook | nindent 4 }}
  annotations:
    {{- include "bookend-hook.annotations" (dict "hook" .hook "weight" .weight) | nindent 4 }}
  {{- end }}
{{- end }}

{{- define "bookend-hook.subject" -}}
- kind: ServiceAccount
  name: {{ .accountName | quote }}
  namespace: {{ .context.Release.Namespace | quote }}
{{- end }}

{{/*
`list` and `watch` cannot be limited by name for a client that reads them all at once; deleting can, and is.
What cannot be listed is reported by the Job as "not seen"; settings.children adds to what is always looked at.
*/}}
{{- define "bookend-hook.rules" -}}
{{- range .targets -}}
{{- $parts := splitn "." 2 .kind -}}
- apiGroups: [{{ $parts._1 | default "" | quote }}]
  resources: [{{ $parts._0 | quote }}]
  verbs: [get, list, watch]
- apiGroups: [{{ $parts._1 | default "" | quote }}]
  resources: [{{ $parts._0 | quote }}]
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
