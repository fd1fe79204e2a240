{{/* The Job's own account: it exists only while the hook runs. An account that the settings name is never made here. */}}
{{- define "bookend-hook.account" -}}
apiVersion: v1
kind: ServiceAccount
metadata:
  name: {{ .name }}
  namespace: {{ .context.Release.Namespace | quote }}
  labels:
    {{- include "bookend-hook.labels" . | nindent 4 }}
  annotations:
    {{- include "bookend-hook.annotations" (dict "hook" . "weight" -10) | nindent 4 }}
automountServiceAccountToken: false
{{- end }}
