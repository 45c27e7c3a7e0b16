"""What Kubernetes manifests, kustomizations, Skaffold files and Helm charts say of services."""

from __future__ import annotations

from pathlib import Path

import pytest
from folders import FLASK, one, places, roots, tree

CODE = {"users/Dockerfile": "", "users/app.py": FLASK, "orders/Dockerfile": "", "orders/app.py": FLASK}
USERS = """
    apiVersion: v1
    kind: Service
    metadata: {name: people, namespace: shop}
    spec:
      selector: {app: u}
      ports: [{port: 80, targetPort: 8080}, {port: 9000}]
    ---
    apiVersion: apps/v1
    kind: Deployment
    metadata: {name: users-deployment}
    spec:
      template:
        metadata: {labels: {app: u, tier: web}}
        spec:
          containers:
          - name: users
            image: registry.example.com/shop/users:1.2@sha256:0
            env:
            - {name: A, value: plain}
            - {name: B, value: "$(A)-more"}
            - {name: LOST, value: "$(NOBODY)"}
            - name: C
              valueFrom: {configMapKeyRef: {name: common, key: c}}
            - name: D
              valueFrom: {secretKeyRef: {name: secret, key: d}}
            - name: E
              valueFrom: {fieldRef: {fieldPath: status.podIP}}
            envFrom:
            - configMapRef: {name: common}
            - prefix: X_
              configMapRef: {name: more}
          - name: proxy
            image: envoyproxy/envoy:v1
            env: [{name: A, value: of the proxy}]
    ---
    apiVersion: v1
    kind: ConfigMap
    metadata: {name: common}
    data:
      c: from the map
      ORDERS_URL: http://orders
    ---
    apiVersion: v1
    kind: ConfigMap
    metadata: {name: more}
    data: {Y: "1"}
    ---
    apiVersion: v1
    kind: Secret
    metadata: {name: secret}
    stringData: {d: hidden}
"""


def test_a_workload_its_service_and_its_settings(tmp_path: Path) -> None:
    workspace = tree(tmp_path, {**CODE, "k8s/all.yaml": USERS})
    assert roots(workspace) == {"users-deployment": "users", "orders": "orders"}
    users = one(workspace, "users-deployment")
    assert users.hosts[:3] == ("people", "people:80", "people:9000")
    assert {"people.shop", "people.shop.svc:80", "people.shop.svc.cluster.local"} <= set(users.hosts)
    assert "run by k8s/all.yaml as Deployment `users-deployment`" in users.reasons
    assert workspace.settings["users"] == {
        "A": "plain",
        "B": "plain-more",
        "C": "from the map",
        "D": "hidden",
        "ORDERS_URL": "http://orders",
        "X_Y": "1",
        "c": "from the map",
    }
    assert places(workspace, "users")["ORDERS_URL"] == "k8s/all.yaml:42"
    assert places(workspace, "users")["A"] == "k8s/all.yaml:20"
    assert {name: service.name for name, service in workspace.reached(users).items()} == {"ORDERS_URL": "orders"}


@pytest.mark.parametrize("kind", ["StatefulSet", "DaemonSet", "ReplicaSet", "Job", "Rollout"])
def test_kinds_of_workloads(tmp_path: Path, kind: str) -> None:
    manifest = f"""
        apiVersion: x/v1
        kind: {kind}
        metadata: {{name: users}}
        spec: {{template: {{spec: {{containers: [{{name: users, env: [{{name: A, value: "1"}}]}}]}}}}}}
    """
    assert tree(tmp_path, {**CODE, "k8s/users.yaml": manifest}).settings == {"users": {"A": "1"}}


def test_pods_and_cron_jobs_and_lists(tmp_path: Path) -> None:
    manifest = """
        apiVersion: v1
        kind: List
        items:
        - kind: Pod
          metadata: {name: users}
          spec: {containers: [{name: users, env: [{name: A, value: "1"}]}]}
        - kind: CronJob
          metadata: {name: orders}
          spec:
            jobTemplate:
              spec: {template: {spec: {containers: [{name: orders, env: [{name: B, value: "2"}]}]}}}
    """
    settings = tree(tmp_path, {**CODE, "k8s/all.yml": manifest}).settings
    assert settings == {"users": {"A": "1"}, "orders": {"B": "2"}}


def deployment(name: str, image: str = "", env: str = "") -> str:
    shown = f"image: {image}" if image else "tty: true"
    return f"""
        apiVersion: apps/v1
        kind: Deployment
        metadata: {{name: {name}}}
        spec:
          template:
            spec:
              containers:
              - name: main
                {shown}
                env: [{{name: A, value: "{env or name}"}}]
    """


@pytest.mark.parametrize(
    ("name", "image"),
    [
        ("anything", "users"),
        ("anything", "shop/users-service:2"),
        ("anything", "me/shop-users"),
        ("users", ""),
        ("users-api", "me/app"),
        ("users-svc", ""),
    ],
)
def test_which_code_a_workload_runs(tmp_path: Path, name: str, image: str) -> None:
    workspace = tree(tmp_path, {**CODE, "k8s/x.yaml": deployment(name, image)})
    assert workspace.settings == {"users": {"A": name}}


def test_what_is_bought_runs_no_code_of_ours(tmp_path: Path) -> None:
    files = {**CODE, "users/k8s/db.yaml": deployment("users-db", "postgres:13"), "k8s/x.yaml": deployment("y", "redis")}
    assert tree(tmp_path, files).settings == {}


def test_a_manifest_beside_the_code(tmp_path: Path) -> None:
    workspace = tree(tmp_path, {**CODE, "users/k8s/deployment.yaml": deployment("main", "me/some-thing:1")})
    assert workspace.settings == {"users": {"A": "main"}}


def test_a_skaffold_file_names_the_image(tmp_path: Path) -> None:
    skaffold = """
        apiVersion: skaffold/v4beta1
        kind: Config
        build:
          artifacts:
          - image: gcr.io/shop/people
            context: users
          - image: pay
            context: pay
            docker: {dockerfile: prod.Dockerfile}
    """
    files = {
        **CODE,
        "skaffold.yaml": skaffold,
        "pay/prod.Dockerfile": "FROM golang\nCOPY . .\nCMD ./pay\n",
        "pay/main.go": "",
        "k8s/people.yaml": deployment("some", "people"),
        "k8s/pay.yaml": deployment("other", "pay"),
    }
    workspace = tree(tmp_path, files)
    assert roots(workspace) == {"some": "users", "orders": "orders", "other": "pay"}
    assert one(workspace, "some").reasons[0] == "built by skaffold.yaml as image `people` (context users)"
    assert one(workspace, "other").code == "other"
    assert workspace.settings == {"users": {"A": "some"}}
    assert workspace.service_of("pay/tool.py") is None


def test_the_nearest_config_map_of_a_name(tmp_path: Path) -> None:
    def config(value: str, key: str = "A") -> str:
        return f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: c}}\ndata: {{{key}: '{value}'}}\n"

    users = """
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: users}
        spec: {template: {spec: {containers: [{name: users, envFrom: [{configMapRef: {name: c}}]}]}}}
    """
    files = {
        **CODE,
        "k8s/base/users.yaml": users,
        "k8s/base/config.yaml": config("base"),
        "k8s/overlays/prod/config.yaml": config("prod"),
        "k8s/overlays/prod/more.yaml": config("only there", "B"),
    }
    assert tree(tmp_path, files).settings == {"users": {"A": "base", "B": "only there"}}


def test_what_kustomizations_generate(tmp_path: Path) -> None:
    files = {
        **CODE,
        "k8s/users.yaml": """
            apiVersion: apps/v1
            kind: Deployment
            metadata: {name: users}
            spec: {template: {spec: {containers: [{name: users, envFrom: [{configMapRef: {name: made}}]}]}}}
        """,
        "k8s/kustomization.yaml": """
            configMapGenerator:
            - name: made
              literals: [A=1, 'B="x y"', nonsense]
              envs: [users.env]
        """,
        "k8s/users.env": "C=3\n",
    }
    workspace = tree(tmp_path, files)
    assert workspace.settings == {"users": {"A": "1", "B": "x y", "C": "3"}}
    assert places(workspace, "users")["A"] == "k8s/kustomization.yaml:4"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("apiVersion: v1\nkind: Service\nmetadata: {name: [}\n", 3),
        ("apiVersion: v1\nkind: Role\n---\nkind: Pod\nspec: {a: *nobody}\n", 5),
    ],
)
def test_a_broken_manifest_is_told(tmp_path: Path, text: str, line: int) -> None:
    (unreadable,) = tree(tmp_path, {**CODE, "k8s/x.yaml": text}).unreadable
    assert (unreadable.path, unreadable.line) == ("k8s/x.yaml", line)


@pytest.mark.parametrize(
    "text",
    [
        "apiVersion: v1\nkind: Service\nmetadata: {{ .Values.x }\n  {{- end }}\n",
        "apiVersion: v1\nkind: Service\nmetadata: {% if x %}\n [\n",
        "apiVersion: v1\nkind: ClusterRole\nrules: [\n",
        "apiVersion: v1\nkind: Service\n",
        "apiVersion: v1\nkind: Deployment\nmetadata: [1]\nspec: {template: {spec: {containers: [[], 1, {env: 2}]}}}\n",
        "apiVersion: v1\nkind: Pod\nmetadata: {name: x}\nspec: {containers: [{env: [{}]}]}\n",
        "kind: List\napiVersion: v1\nitems: &a [*a]\n",
    ],
)
def test_what_is_no_manifest_yet_is_no_error(tmp_path: Path, text: str) -> None:
    workspace = tree(tmp_path, {**CODE, "k8s/x.yaml": text})
    assert [one for one in workspace.unreadable if "unconstructable" not in one.reason] == []
    assert roots(workspace) == {"users": "users", "orders": "orders"}


class TestHelm:
    CHART = {
        **CODE,
        "charts/users/Chart.yaml": "apiVersion: v2\nname: users\nversion: 0.1.0\n",
        "charts/users/values.yaml": """
            image: {repository: reg.example.com/users, tag: ""}
            service: {port: 8080}
            fullnameOverride: ""
            debug: false
            env:
              ORDERS_URL: http://orders:80
              LEVEL: info
            extra:
            - {name: MORE, value: "1"}
        """,
        "charts/users/templates/_helpers.tpl": """
            {{/* A comment with {{ braces */}}
            {{- define "users.fullname" -}}
            {{- if .Values.fullnameOverride -}}
            {{- .Values.fullnameOverride | trunc 63 | trimSuffix "-" -}}
            {{- else -}}
            {{- printf "%s-%s" .Release.Name "api" -}}
            {{- end -}}
            {{- end -}}
            {{- define "users.labels" }}
            app: {{ include "users.fullname" . }}
            {{- end }}
        """,
        "charts/users/templates/all.yaml": """\
            {{- if semverCompare ">=1.19-0" .Capabilities.KubeVersion.GitVersion }}
            apiVersion: apps/v1
            {{- else }}
            apiVersion: extensions/v1beta1
            {{- end }}
            kind: Deployment
            metadata:
              name: {{ include "users.fullname" . }}
            spec:
              template:
                metadata:
                  labels:
                    {{- include "users.labels" . | nindent 8 }}
                spec:
                  containers:
                  - name: {{ .Chart.Name }}
                    image: "{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}"
                    env:
                    {{- range $key, $value := .Values.env }}
                    - name: {{ $key }}
                      value: {{ $value | quote }}
                    {{- end }}
                    {{- with .Values.extra }}
                    {{- toYaml . | nindent 8 }}
                    {{- end }}
                    {{- if .Values.debug }}
                    - {name: DEBUG, value: "1"}
                    {{- end }}
            ---
            apiVersion: v1
            kind: Service
            metadata:
              name: {{ include "users.fullname" . }}
            spec:
              selector: {{- include "users.labels" . | nindent 4 }}
              ports:
              - port: {{ .Values.service.port }}
        """,
    }

    def test_a_chart_with_its_values(self, tmp_path: Path) -> None:
        workspace = tree(tmp_path, self.CHART)
        assert roots(workspace) == {"users-api": "users", "orders": "orders"}
        assert "users-api:8080" in one(workspace, "users-api").hosts
        assert workspace.settings == {"users": {"LEVEL": "info", "MORE": "1", "ORDERS_URL": "http://orders:80"}}
        # Of what values say, the line of the template that puts it there.
        assert places(workspace, "users")["ORDERS_URL"] == "charts/users/templates/all.yaml:21"

    def test_further_sets_of_values(self, tmp_path: Path) -> None:
        values = "env: {ORDERS_URL: 'https://orders.example.com', REGION: eu}\ndebug: true\n"
        workspace = tree(tmp_path, {**self.CHART, "charts/users/values-prod.yaml": values})
        # What names a service here goes before what does not, and what only one set says is known too.
        assert workspace.settings["users"]["ORDERS_URL"] == "http://orders:80"
        assert workspace.settings["users"]["REGION"] == "eu"
        assert workspace.settings["users"]["DEBUG"] == "1"

    def test_a_parent_chart_speaks_for_its_charts(self, tmp_path: Path) -> None:
        files = {path.replace("charts/users", "shop/charts/users"): text for path, text in self.CHART.items()}
        files |= {
            "shop/Chart.yaml": "name: shop\n",
            "shop/values.yaml": "users: {env: {LEVEL: debug}}\n",
        }
        assert tree(tmp_path, files).settings["users"]["LEVEL"] == "debug"

    @pytest.mark.parametrize(
        "text",
        [
            "kind: Service\n{{",
            "kind: Service\n{{ if }}{{ end }}{{ end }}{{ else }}",
            'kind: Service\n{{ include "a" . }}{{ define "a" }}{{ include "a" . }}{{ end }}',
            "kind: Service\n{{ range .Values.x }}{{ .a.b.c | nosuch (1 2 }}{{ end }}",
            "kind: Service\n{{ tpl .Values.t . }}",
            'kind: Service\n{{ printf "%s" }}{{ indent 100000000 "x" }}{{ "\\q" }}{{ index . 1 }}',
            "kind: Service\n" + "{{ if true }}" * 500,
            "{{" * 100_000,
            " " * 100_000 + "kind: Service\n" + "\n" * 100_000,
        ],
    )
    def test_any_template_ends(self, tmp_path: Path, text: str) -> None:
        files = {
            **CODE,
            "c/Chart.yaml": "name: c\n",
            "c/values.yaml": "t: '{{ tpl .Values.t . }}'\nx: [1, 2]\n",
            "c/templates/x.yaml": text,
        }
        workspace = tree(tmp_path, files)
        assert workspace.unreadable == ()
        assert len(workspace.services) == 2
