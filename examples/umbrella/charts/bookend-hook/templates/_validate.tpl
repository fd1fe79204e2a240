{{/*
A library chart has no schema over the values of the chart that uses it, and a hook that is wrong shows only at uninstall, when it is late.
So every mistake that can be seen is an error at install, with the path of the value.
*/}}
{{- define "bookend-hook.validate" -}}
{{- $from := . -}}
{{- $path := include "bookend-hook.path" . -}}
{{- $settings := .settings -}}
{{- if not (kindIs "map" $settings) -}}
  {{- fail (printf "%s: must be a map with the key `delete`, not a %s" $path (kindOf $settings)) -}}
{{- end -}}
{{- include "bookend-hook.validate.keys" (dict "map" $settings "path" $path "known"
    (list "delete" "order" "impersonate" "serviceAccountName" "children" "timeoutSeconds" "workload" "image" "checkImage" "tolerations" "nodeSelector" "priorityClassName" "resources")) -}}
{{- if or (not (kindIs "slice" $settings.delete)) (empty $settings.delete) -}}
  {{- fail (printf "%s.delete: name the custom resources to delete before the chart goes, as a list; for example:\n\ndelete:\n  - {kind: widgets.example.com, namespace: \"{{ .Release.Namespace }}\"}\n" $path) -}}
{{- end -}}
{{- range $index, $entry := $settings.delete -}}
  {{- include "bookend-hook.validate.entry" (dict "entry" $entry "context" $from.context "path" (printf "%s.delete[%d]" $path $index)) -}}
{{- end -}}
{{- include "bookend-hook.validate.impersonate" (dict "settings" $settings "context" $from.context "path" $path) -}}
{{- if hasKey $settings "serviceAccountName" -}}
  {{- include "bookend-hook.validate.text" (dict "value" $settings.serviceAccountName "context" $from.context "path" (printf "%s.serviceAccountName" $path)
      "what" "the name of an existing ServiceAccount" "pattern" "^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$") -}}
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
{{- if not (has ($settings.order | default "Listed") (list "Listed" "Needs")) -}}
  {{- fail (printf "%s.order: is Listed or Needs, not %v" $path $settings.order) -}}
{{- end -}}
{{- if and (hasKey $settings "checkImage") (not (kindIs "bool" $settings.checkImage)) -}}
  {{- fail (printf "%s.checkImage: is true or false, not %s" $path (toJson $settings.checkImage)) -}}
{{- end -}}
{{- with $settings.image -}}
  {{- if not (kindIs "map" .) -}}
    {{- fail (printf "%s.image: must be a map with repository, tag, digest, pullPolicy or pullSecrets, not a %s" $path (kindOf .)) -}}
  {{- end -}}
  {{- include "bookend-hook.validate.keys" (dict "map" . "path" (printf "%s.image" $path) "known" (list "repository" "tag" "digest" "pullPolicy" "pullSecrets")) -}}
  {{- if and .digest (not (regexMatch "^sha256:[0-9a-f]{64}$" (toString .digest))) -}}
    {{- fail (printf "%s.image.digest: must be sha256: and 64 hexadecimal digits, not %s" $path (toJson .digest)) -}}
  {{- end -}}
{{- end -}}
{{- end }}

{{- define "bookend-hook.validate.entry" -}}
{{- $path := .path -}}
{{- if not (kindIs "map" .entry) -}}
  {{- fail (printf "%s: must be a map with the key `kind`, for example `- kind: widgets.example.com`, not %s" $path (toJson .entry)) -}}
{{- end -}}
{{- include "bookend-hook.validate.keys" (dict "map" .entry "path" $path "known" (list "kind" "names" "selector" "namespace" "all")) -}}
{{- if not .entry.kind -}}
  {{- fail (printf "%s.kind: is missing; write resource.group, for example widgets.example.com" $path) -}}
{{- end -}}
{{- include "bookend-hook.validate.kind" . -}}
{{- if and .entry.names .entry.selector -}}
  {{- fail (printf "%s: give names or a selector, not both" $path) -}}
{{- end -}}
{{- if hasKey .entry "names" -}}
  {{- if or (not (kindIs "slice" .entry.names)) (empty .entry.names) -}}
    {{- fail (printf "%s.names: must be a list of at least one name" $path) -}}
  {{- end -}}
  {{- range $index, $name := .entry.names -}}
    {{- include "bookend-hook.validate.text" (dict "value" $name "context" $.context "path" (printf "%s.names[%d]" $path $index)
        "what" "the name of an object" "pattern" "^[^\\s/%]+$") -}}
  {{- end -}}
{{- end -}}
{{- if hasKey .entry "selector" -}}
  {{- include "bookend-hook.validate.text" (dict "value" .entry.selector "context" .context "path" (printf "%s.selector" $path)
      "what" "a label selector that is not empty" "pattern" "[A-Za-z0-9]") -}}
{{- end -}}
{{- if hasKey .entry "namespace" -}}
  {{- include "bookend-hook.validate.text" (dict "value" .entry.namespace "context" .context "path" (printf "%s.namespace" $path)
      "what" "the name of a namespace" "pattern" "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$") -}}
{{- end -}}
{{- include "bookend-hook.validate.extent" . -}}
{{- end }}

{{/* One kind, or all kinds of an API group: `*.operator.example.com`. */}}
{{- define "bookend-hook.validate.kind" -}}
{{- $path := printf "%s.kind" .path -}}
{{- $kind := toString .entry.kind -}}
{{- if hasPrefix "*" $kind -}}
  {{- if not (regexMatch "^[*]([.][a-z0-9]([-a-z0-9]*[a-z0-9])?){2,}$" $kind) -}}
    {{- fail (printf "%s: %s is not an API group; for all kinds of a group write *.operator.example.com" $path (toJson $kind)) -}}
  {{- end -}}
  {{- if hasSuffix ".k8s.io" $kind -}}
    {{- fail (printf "%s: %s stands for all kinds of a group of Kubernetes; name the kinds" $path $kind) -}}
  {{- end -}}
  {{- if hasKey .entry "names" -}}
    {{- fail (printf "%s: %s stands for several kinds, which have no names in common; leave names out, or name the kind" $path $kind) -}}
  {{- end -}}
{{- else -}}
  {{- include "bookend-hook.validate.resource" (dict "value" .entry.kind "path" $path) -}}
{{- end -}}
{{- end }}

{{/*
A target without a limit deletes the objects of every release in the cluster, so the values must say that this is meant. A kind of Kubernetes itself
never belongs to one chart alone.
*/}}
{{- define "bookend-hook.validate.extent" -}}
{{- $limited := or (hasKey .entry "names") (hasKey .entry "selector") (hasKey .entry "namespace") -}}
{{- if and (hasKey .entry "all") (not (and (kindIs "bool" .entry.all) .entry.all)) -}}
  {{- fail (printf "%s.all: must be true, or left out" .path) -}}
{{- end -}}
{{- if and .entry.all $limited -}}
  {{- fail (printf "%s.all: stands for every object of the cluster; give it without names, selector and namespace" .path) -}}
{{- end -}}
{{- if not (or .entry.all $limited) -}}
  {{- fail (printf "%s: which %s? Give namespace (for example \"{{ .Release.Namespace }}\"), names or selector. Give `all: true` only if this chart installs the CustomResourceDefinition, or is installed once in a cluster: it deletes every %s of the cluster, those of other releases too" .path .entry.kind .entry.kind) -}}
{{- end -}}
{{- $builtIn := list "admissionregistration.k8s.io" "apiextensions.k8s.io" "apiregistration.k8s.io" "apps" "autoscaling" "batch" "certificates.k8s.io"
    "coordination.k8s.io" "discovery.k8s.io" "events.k8s.io" "extensions" "flowcontrol.apiserver.k8s.io" "internal.apiserver.k8s.io" "networking.k8s.io"
    "node.k8s.io" "policy" "rbac.authorization.k8s.io" "resource.k8s.io" "scheduling.k8s.io" "storage.k8s.io" "storagemigration.k8s.io" -}}
{{- $group := (splitn "." 2 .entry.kind)._1 | default "" -}}
{{- if and .entry.all (or (eq $group "") (has $group $builtIn)) -}}
  {{- fail (printf "%s.all: %s is a kind of Kubernetes itself, and not all of them belong to this chart; give names, or a selector and a namespace" .path .entry.kind) -}}
{{- end -}}
{{- end }}

{{/*
Bookend lets nobody delete a ClusterOperator who may not act as the account that it acts as. The hook would be refused at uninstall, so the values
must name these accounts; an empty list says that no such right is needed.
*/}}
{{- define "bookend-hook.validate.impersonate" -}}
{{- $path := printf "%s.impersonate" .path -}}
{{- $settings := .settings -}}
{{- range $index, $entry := $settings.delete -}}
  {{- if and (has $entry.kind (list "clusteroperators.bookend.dev" "*.bookend.dev")) (not (hasKey $settings "impersonate")) -}}
    {{- fail (printf "%s: is missing, and %s.delete[%d] names ClusterOperators: to delete one, the hook must be allowed to impersonate its account. Give spec.namespace and spec.serviceAccountName of the ClusterOperator, or the deployer account of Bookend; for example:\n\nimpersonate:\n  - {namespace: bookend-system, name: bookend-deployer}\n" $path $.path $index) -}}
  {{- end -}}
{{- end -}}
{{- if and (hasKey $settings "impersonate") (not (kindIs "slice" $settings.impersonate)) -}}
  {{- fail (printf "%s: must be a list of accounts such as {namespace: bookend-system, name: bookend-deployer}, not a %s" $path (kindOf $settings.impersonate)) -}}
{{- end -}}
{{- range $index, $entry := $settings.impersonate -}}
  {{- $at := printf "%s[%d]" $path $index -}}
  {{- if not (kindIs "map" $entry) -}}
    {{- fail (printf "%s: must be a map with namespace and name of a ServiceAccount, not %s" $at (toJson $entry)) -}}
  {{- end -}}
  {{- include "bookend-hook.validate.keys" (dict "map" $entry "path" $at "known" (list "namespace" "name" "all")) -}}
  {{- if hasKey $entry "all" -}}
    {{- if not (and (kindIs "bool" $entry.all) $entry.all (eq (len $entry) 1)) -}}
      {{- fail (printf "%s.all: must be true, without namespace and name; it stands for every account of the cluster" $at) -}}
    {{- end -}}
  {{- else -}}
    {{- range $key := list "namespace" "name" -}}
      {{- include "bookend-hook.validate.text" (dict "value" (get $entry $key) "context" $.context "path" (printf "%s.%s" $at $key)
          "what" (printf "the %s of a ServiceAccount" $key) "pattern" "^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$") -}}
    {{- end -}}
  {{- end -}}
{{- end -}}
{{- end }}

{{/* A text that may be a template; what it comes to is what counts, for an empty text would mean "no limit". */}}
{{- define "bookend-hook.validate.text" -}}
{{- if not (kindIs "string" .value) -}}
  {{- fail (printf "%s: must be %s, not %s" .path .what (toJson .value)) -}}
{{- end -}}
{{- $text := tpl .value .context -}}
{{- if not (regexMatch .pattern $text) -}}
  {{- fail (printf "%s: must be %s, not %s%s" .path .what (toJson $text) (eq $text .value | ternary "" (printf " (from %s)" (toJson .value)))) -}}
{{- end -}}
{{- end }}

{{/* RBAC knows resources, not kinds, and nothing in a template can look the one up for the other on a cluster that is not there yet. */}}
{{- define "bookend-hook.validate.resource" -}}
{{- if not (regexMatch "^[a-z0-9]+([.][a-z0-9-]+)*$" (toString .value)) -}}
  {{- fail (printf "%s: %s is not a resource; write it as `kubectl api-resources -o name` does, plural and with its group, for example widgets.example.com" .path (toJson .value)) -}}
{{- end -}}
{{- if regexMatch "^[a-z0-9]+[.]v[0-9]+((alpha|beta)[0-9]+)?([.]|$)" (toString .value) -}}
  {{- fail (printf "%s: leave the version out of %s; rights know none" .path (toJson .value)) -}}
{{- end -}}
{{- if regexMatch "^(clusteroperators?|clop|(clusteroperator|clop)[.]bookend[.]dev)$" (toString .value) -}}
  {{- fail (printf "%s: write clusteroperators.bookend.dev in place of %s; on OpenShift the short word is another kind" .path (toJson .value)) -}}
{{- end -}}
{{- end }}

{{- define "bookend-hook.validate.keys" -}}
{{- range $key := keys .map | sortAlpha -}}
  {{- if not (has $key $.known) -}}
    {{- fail (printf "%s.%s: there is no such value; there are %s" $.path $key (join ", " $.known)) -}}
  {{- end -}}
{{- end -}}
{{- end }}
