{{- define "task-server.fullname" -}}
{{- if contains .Chart.Name .Release.Name -}}
{{- .Release.Name | trunc 63 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name .Chart.Name | trunc 63 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "task-server.serviceAccount" -}}
{{- .Values.serviceAccount.name | default (include "task-server.fullname" .) -}}
{{- end -}}

{{- define "task-server.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "task-server.labels" -}}
{{ include "task-server.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end -}}

{{- define "task-server.daprAnnotations" -}}
dapr.io/enabled: "true"
dapr.io/app-id: {{ .Values.appID | quote }}
dapr.io/app-port: {{ .Values.appPort | quote }}
dapr.io/app-protocol: http
dapr.io/config: {{ include "task-server.fullname" . }}
dapr.io/log-level: {{ .Values.dapr.logLevel }}
dapr.io/log-as-json: {{ .Values.dapr.logAsJSON | quote }}
dapr.io/sidecar-cpu-request: {{ .Values.dapr.resources.cpuRequest | quote }}
dapr.io/sidecar-memory-request: {{ .Values.dapr.resources.memoryRequest | quote }}
dapr.io/sidecar-cpu-limit: {{ .Values.dapr.resources.cpuLimit | quote }}
dapr.io/sidecar-memory-limit: {{ .Values.dapr.resources.memoryLimit | quote }}
dapr.io/block-shutdown-duration: {{ printf "%vs" .Values.dapr.blockShutdownSeconds | quote }}
dapr.io/graceful-shutdown-seconds: {{ .Values.dapr.gracefulShutdownSeconds | quote }}
{{- with .Values.dapr.apiTokenSecret }}
dapr.io/api-token-secret: {{ . | quote }}
{{- end }}
dapr.io/app-token-secret: {{ .Values.dapr.appTokenSecret | quote }}
{{- end -}}
