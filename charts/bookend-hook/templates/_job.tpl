{{/*
The Job that deletes and waits; or the bare Pod, for who asks for it: Helm 4 learns of a Pod's end one to two seconds earlier than of a Job's, whose
controller gathers changes for a second, twice. But a Pod is not made again when its node is lost.

Its own time-out comes before the Job's deadline, and that before Helm's: the program must be the one that ends, because a Job that runs into its
deadline has its Pod deleted, and with it the log that says what it waited for. 50 s remain for pulling the image and starting.

When it fails Helm prints the log (`hook-output-log-policy`, Helm 3.18 and Helm 4), and the failed Job stays to be read. A refusal (exit codes of
docs/reference) ends the Job at once; after a lost connection or a lost node the Pod is made again.
*/}}
{{- define "bookend-hook.job" -}}
---
{{- if eq (.settings.workload | default "Job") "Pod" }}
apiVersion: v1
kind: Pod
{{ include "bookend-hook.job.metadata" . }}
spec:
  activeDeadlineSeconds: {{ include "bookend-hook.deadlineSeconds" . }}
  {{- include "bookend-hook.podSpec" . | nindent 2 }}
{{- else }}
apiVersion: batch/v1
kind: Job
{{ include "bookend-hook.job.metadata" . }}
spec:
  backoffLimit: 2
  activeDeadlineSeconds: {{ include "bookend-hook.deadlineSeconds" . }}
  podReplacementPolicy: Failed
  podFailurePolicy:
    rules:
      - action: Ignore
        onPodConditions: [{type: DisruptionTarget}]
      - action: FailJob
        onExitCodes: {containerName: bookend, operator: In, values: [2, 3, 4, 5, 7, 8, 9, 70]}
  template:
    metadata:
      labels:
        {{- include "bookend-hook.podLabels" . | nindent 8 }}
      annotations:
        linkerd.io/inject: disabled
    spec:
      {{- include "bookend-hook.podSpec" . | nindent 6 }}
{{- end }}
{{- end }}

{{- define "bookend-hook.job.metadata" -}}
metadata:
  name: {{ .name }}
  namespace: {{ .context.Release.Namespace | quote }}
  labels:
    {{- include "bookend-hook.podLabels" . | nindent 4 }}
  annotations:
    {{- include "bookend-hook.annotations" (dict "hook" . "weight" -5) | nindent 4 }}
    helm.sh/hook-output-log-policy: hook-failed
    {{- if eq (.settings.workload | default "Job") "Pod" }}
    linkerd.io/inject: disabled
    {{- end }}
{{- end }}

{{/* A sidecar of a mesh would outlive the program and keep the Job from ending: no injection. */}}
{{- define "bookend-hook.podLabels" -}}
{{ include "bookend-hook.labels" . }}
sidecar.istio.io/inject: "false"
{{- end }}

{{/* Any node must do: an uninstall shall work on a cluster whose nodes are cordoned, tainted or under pressure. */}}
{{- define "bookend-hook.podSpec" -}}
{{- $image := .settings.image | default dict -}}
serviceAccountName: {{ .accountName | quote }}
automountServiceAccountToken: {{ not .args }}
restartPolicy: Never
terminationGracePeriodSeconds: 5
{{- with $image.pullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
nodeSelector:
  kubernetes.io/os: linux
  {{- with .settings.nodeSelector }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
tolerations:
  {{- toYaml (.settings.tolerations | default (list (dict "operator" "Exists"))) | nindent 2 }}
{{- with .settings.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
securityContext:
  runAsNonRoot: true
  runAsUser: 65532
  runAsGroup: 65532
  seccompProfile: {type: RuntimeDefault}
containers:
  - name: bookend
    image: {{ include "bookend-hook.image" $image }}
    imagePullPolicy: {{ $image.pullPolicy | default "IfNotPresent" }}
    args:
      {{- include (.args | default "bookend-hook.deleteArgs") . | nindent 6 }}
    terminationMessagePolicy: FallbackToLogsOnError
    resources:
      {{- toYaml (.settings.resources | default (include "bookend-hook.resources" . | fromYaml)) | nindent 6 }}
    securityContext:
      allowPrivilegeEscalation: false
      readOnlyRootFilesystem: true
      capabilities: {drop: [ALL]}
{{- end }}

{{- define "bookend-hook.deleteArgs" -}}
- delete
- --targets
- {{ .targets | toJson | squote }}
{{- if eq (.settings.order | default "Listed") "Needs" }}
- --order
- Needs
{{- end }}
- --timeout
- {{ include "bookend-hook.timeoutSeconds" .settings }}s
{{- end }}

{{- define "bookend-hook.deadlineSeconds" -}}
{{ add (include "bookend-hook.timeoutSeconds" .settings | int) 50 }}
{{- end }}

{{- define "bookend-hook.timeoutSeconds" -}}
{{ .timeoutSeconds | default 240 | int }}
{{- end }}

{{/* The version that this library was released with: inside another chart `.Chart.AppVersion` is that chart's. */}}
{{- define "bookend-hook.image" -}}
{{ .repository | default "registry.bookend.dev/bookend" }}
{{- if or .tag (not .digest) }}:{{ .tag | default "0.1.0" }}{{ end }}
{{- with .digest }}@{{ . }}{{ end }}
{{- end }}

{{- define "bookend-hook.resources" -}}
requests: {cpu: 50m, memory: 96Mi}
limits: {memory: 256Mi}
{{- end }}
