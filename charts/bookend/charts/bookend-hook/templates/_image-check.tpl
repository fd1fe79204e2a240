{{/*
A hook whose image no node can pull fails at uninstall, when it is late. With `checkImage: true` a Job runs `bookend version` from the same image at
each install and upgrade, on the same nodes, with the same pull Secrets and an account of the same kind: one that may do nothing, without a token.
A Job never ends by itself while its image cannot be pulled; its deadline ends it, and Helm reports the Job by its name.
*/}}
{{- define "bookend-hook.imageCheck" -}}
{{- $check := merge (dict "on" "post-install,post-upgrade" "component" "image-check" "args" "bookend-hook.versionArgs"
    "name" .imageName) . -}}
{{- if not .settings.serviceAccountName -}}
{{- $_ := set $check "accountName" $check.name -}}
---
{{ include "bookend-hook.account" $check }}
{{- end }}
---
apiVersion: batch/v1
kind: Job
metadata:
  name: {{ $check.name }}
  namespace: {{ .context.Release.Namespace | quote }}
  labels:
    {{- include "bookend-hook.podLabels" $check | nindent 4 }}
  annotations:
    {{- include "bookend-hook.annotations" (dict "hook" $check "weight" -5) | nindent 4 }}
    helm.sh/hook-output-log-policy: hook-failed
spec:
  backoffLimit: 0
  activeDeadlineSeconds: 120
  template:
    metadata:
      labels:
        {{- include "bookend-hook.podLabels" $check | nindent 8 }}
      annotations:
        linkerd.io/inject: disabled
    spec:
      {{- include "bookend-hook.podSpec" $check | nindent 6 }}
{{- end }}

{{- define "bookend-hook.versionArgs" -}}
- version
{{- end }}
