{{/*
The Job that deletes and waits.

Its own time-out comes before the Job's deadline, and that before Helm's: the program must be the one that ends, because a Job that runs into its
deadline has its Pod deleted, and with it the log that says what it waited for. 50 s remain for pulling the image and starting.

Helm prints the log by `hook-output-log-policy` (Helm 3.18, Helm 4), whether the hook fails or not; a failed Job stays to be read.
A refusal (exit codes of docs/reference) ends the Job at once; a lost connection or a lost node has the Pod made again.
*/}}
{{- define "bookend-hook.job" -}}
{{- $image := .settings.image | default dict -}}
{{- $timeoutSeconds := include "bookend-hook.timeoutSeconds" .settings | int }}
---
apiVersion: batch/v1
kind: Job
metadata:
  name: {{ .name }}
  namespace: {{ .context.Release.Namespace }}
  labels:
    {{- include "bookend-hook.labels" .context | nindent 4 }}
  annotations:
    {{- include "bookend-hook.annotations" -5 | nindent 4 }}
    helm.sh/hook-output-log-policy: hook-succeeded,hook-failed
spec:
  backoffLimit: 2
  activeDeadlineSeconds: {{ add $timeoutSeconds 50 }}
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
        {{- include "bookend-hook.labels" .context | nindent 8 }}
        # A sidecar of a mesh would outlive the program and keep the Job from ending.
        sidecar.istio.io/inject: "false"
      annotations:
        linkerd.io/inject: disabled
    spec:
      serviceAccountName: {{ .name }}
      automountServiceAccountToken: true
      restartPolicy: Never
      terminationGracePeriodSeconds: 5
      {{- with $image.pullSecrets }}
      imagePullSecrets:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      nodeSelector:
        kubernetes.io/os: linux
        {{- with .settings.nodeSelector }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
      # An uninstall must work on any cluster that still has a node, cordoned, tainted or under pressure as it may be.
      tolerations:
        {{- toYaml (.settings.tolerations | default (list (dict "operator" "Exists"))) | nindent 8 }}
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
            - delete
            - --targets
            - {{ .targets | toJson | squote }}
            - --timeout
            - {{ $timeoutSeconds }}s
          terminationMessagePolicy: FallbackToLogsOnError
          resources:
            {{- toYaml (.settings.resources | default (include "bookend-hook.resources" . | fromYaml)) | nindent 12 }}
          securityContext:
            allowPrivilegeEscalation: false
            readOnlyRootFilesystem: true
            capabilities: {drop: [ALL]}
{{- end }}

{{- define "bookend-hook.timeoutSeconds" -}}
{{ .timeoutSeconds | default 240 | int }}
{{- end }}

{{/* The version that this library was released with: inside another chart `.Chart.AppVersion` is that chart's. */}}
{{- define "bookend-hook.image" -}}
{{ .repository | default "registry.bookend.dev/bookend" }}:{{ .tag | default "0.1.0" }}
{{- end }}

{{- define "bookend-hook.resources" -}}
requests: {cpu: 50m, memory: 96Mi}
limits: {memory: 256Mi}
{{- end }}
