{{/*
A library chart has no schema over the values of the chart that uses it, and a hook that is wrong shows only at uninstall, when it is late.
So every mistake that can be seen is an error at install, with the path of the value.
*/}}
{{- define "bookend-hook.validate" -}}
{{- $path := .path -}}
{{- $settings := .settings -}}
{{- if not (kindIs "map" $settings) -}}
  {{- fail (printf "%s: must be a map with the key `delete`, not a %s" $path (kindOf $settings)) -}}
{{- end -}}
{{- include "bookend-hook.validate.keys" (dict "map" $settings "path" $path "known"
    (list "delete" "children" "timeoutSeconds" "workload" "image" "tolerations" "nodeSelector" "priorityClassName" "resources")) -}}
{{- if or (not (kindIs "slice" $settings.delete)) (empty $settings.delete) -}}
  {{- fail (printf "%s.delete: name the custom resources to delete before the chart goes, as a list; for example:\n\n%s:\n  delete:\n    - kind: widgets.example.com\n" $path $path) -}}
{{- end -}}
{{- range $index, $entry := $settings.delete -}}
  {{- include "bookend-hook.validate.entry" (dict "entry" $entry "path" (printf "%s.delete[%d]" $path $index)) -}}
{{- end -}}
{{- if and $settings.children (not (kindIs "slice" $settings.children)) -}}
  {{- fail (printf "%s.children: must be a list of resources such as services, not a %s" $path (kindOf $settings.children)) -}}
{{- end -}}
{{- range $index, $child := $settings.children -}}
  {{- include "bookend-hook.validate.resource" (dict "value" $child "path" (printf "%s.children[%d]" $path $index)) -}}
{{- end -}}
{{- if hasKey $settings "timeoutSeconds" -}}
  {{- if or (not (regexMatch "^[0-9]+$" (toString $settings.timeoutSeconds))) (lt (int $settings.timeoutSeconds) 10) -}}
    {{- fail (printf "%s.timeoutSeconds: %v is not a whole number of seconds of at least 10" $path $settings.timeoutSeconds) -}}
  {{- end -}}
{{- end -}}
{{- if not (has ($settings.workload | default "Job") (list "Job" "Pod")) -}}
  {{- fail (printf "%s.workload: is Job or Pod, not %v" $path $settings.workload) -}}
{{- end -}}
{{- with $settings.image -}}
  {{- if not (kindIs "map" .) -}}
    {{- fail (printf "%s.image: must be a map with repository, tag, pullPolicy or pullSecrets, not a %s" $path (kindOf .)) -}}
  {{- end -}}
  {{- include "bookend-hook.validate.keys" (dict "map" . "path" (printf "%s.image" $path) "known" (list "repository" "tag" "pullPolicy" "pullSecrets")) -}}
{{- end -}}
{{- end }}

{{- define "bookend-hook.validate.entry" -}}
{{- $path := .path -}}
{{- if not (kindIs "map" .entry) -}}
  {{- fail (printf "%s: must be a map with the key `kind`, for example `- kind: widgets.example.com`, not %s" $path (toJson .entry)) -}}
{{- end -}}
{{- include "bookend-hook.validate.keys" (dict "map" .entry "path" $path "known" (list "kind" "names" "selector" "namespace")) -}}
{{- if not .entry.kind -}}
  {{- fail (printf "%s.kind: is missing; write resource.group, for example widgets.example.com" $path) -}}
{{- end -}}
{{- include "bookend-hook.validate.resource" (dict "value" .entry.kind "path" (printf "%s.kind" $path)) -}}
{{- if and .entry.names .entry.selector -}}
  {{- fail (printf "%s: give names or a selector, not both" $path) -}}
{{- end -}}
{{- if hasKey .entry "names" -}}
  {{- if or (not (kindIs "slice" .entry.names)) (empty .entry.names) -}}
    {{- fail (printf "%s.names: must be a list of at least one name; leave it out for all objects of the kind" $path) -}}
  {{- end -}}
  {{- range $index, $name := .entry.names -}}
    {{- if or (not (kindIs "string" $name)) (empty $name) -}}
      {{- fail (printf "%s.names[%d]: must be a name, not %s" $path $index (toJson $name)) -}}
    {{- end -}}
  {{- end -}}
{{- end -}}
{{- range $key := list "selector" "namespace" -}}
  {{- if hasKey $.entry $key -}}
    {{- $value := get $.entry $key -}}
    {{- if or (not (kindIs "string" $value)) (empty $value) -}}
      {{- fail (printf "%s.%s: must be a text that is not empty, not %s" $path $key (toJson $value)) -}}
    {{- end -}}
  {{- end -}}
{{- end -}}
{{- end }}

{{/* RBAC knows resources, not kinds, and nothing in a template can look the one up for the other on a cluster that is not there yet. */}}
{{- define "bookend-hook.validate.resource" -}}
{{- if not (regexMatch "^[a-z0-9]+([.][a-z0-9-]+)*$" (toString .value)) -}}
  {{- fail (printf "%s: %s is not a resource; write it as `kubectl api-resources -o name` does, plural and with its group, for example widgets.example.com" .path (toJson .value)) -}}
{{- end -}}
{{- end }}

{{- define "bookend-hook.validate.keys" -}}
{{- range $key := keys .map | sortAlpha -}}
  {{- if not (has $key $.known) -}}
    {{- fail (printf "%s.%s: there is no such value; there are %s" $.path $key (join ", " $.known)) -}}
  {{- end -}}
{{- end -}}
{{- end }}
