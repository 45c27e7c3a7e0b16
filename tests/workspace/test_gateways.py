"""What nginx, Traefik and Ingresses pass on, and to whom."""

from __future__ import annotations

from pathlib import Path

import pytest
from folders import tree
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from commlint.workspace.gateways import Gateway, Route

CODE = {"users/app.py": "", "orders/app.py": ""}
COMPOSE = """
    services:
      users: {build: users, ports: ["8000"]}
      orders: {build: orders}
"""


def routes(gateway: Gateway) -> list[tuple[str, str, str | None]]:
    return [(route.prefix, route.target, route.path) for route in gateway.routes]


class TestFollowing:
    def test_the_longest_prefix_and_what_takes_its_place(self) -> None:
        gateway = Gateway(
            "gate", (), (Route("/", "web"), Route("/api/", "api:80", "/"), Route("/api/users", "users:80", "/v1"))
        )

        def to(path: str) -> tuple[str, str] | None:
            found = gateway.follow(path)
            return None if found is None else (found[0].target, found[1])

        assert to("/x") == ("web", "/x")
        assert to("/api/orders/{}") == ("api:80", "/orders/{}")
        assert to("/api/users/{}") == ("users:80", "/v1/{}")
        assert to("/api/users") == ("users:80", "/v1")
        assert to("/api/usersx") == ("api:80", "/usersx")
        assert Gateway("gate", (), (Route("/a", "b"),)).follow("/c") is None

    def test_hosts(self) -> None:
        gateway = Gateway("gate", (), (Route("/", "a", host="a.shop"), Route("/", "b", host="b.shop")))
        found = gateway.follow("/x", "b.shop")
        assert found is not None
        assert found[0].target == "b"
        assert gateway.follow("/x") is None


class TestNginx:
    def test_locations(self, tmp_path: Path) -> None:
        files = {
            **CODE,
            "docker-compose.yml": COMPOSE
            + """
      gate:
        image: nginx:1
        ports: ["8080:80"]
        volumes: ["./gate/nginx.conf:/etc/nginx/nginx.conf:ro"]
        environment: {ORDERS: "orders:7000"}
""",
            "gate/nginx.conf": r"""
                # proxy_pass http://nobody;
                events {}
                http {
                  upstream people { server users:8000 weight=2; server users-2:8000; }
                  server {
                    server_name shop.example.com localhost;
                    listen 80;
                    set $hidden "http://users:9000";
                    location / { try_files $uri /index.html; }
                    location /users/ { proxy_set_header Host $host; proxy_pass http://people/; }
                    location /v1/users { proxy_pass http://people; }
                    location = /exact { proxy_pass http://people/one?x=1; }
                    location ~ ^/(a|b)/(.*)$ { proxy_pass http://people/$2; }
                    location ~* ^/orders/(\d+)$ { proxy_pass http://${ORDERS}/$1$is_args$args; }
                    location /hidden/ { proxy_pass $hidden; }
                    location /re/ { rewrite ^/re/(.*)$ /new/$1 break; proxy_pass http://people; }
                    location /rpc { grpc_pass grpc://people; }
                    location /here { proxy_pass http://localhost:9; }
                    location /open { proxy_pass http://$nobody; }
                    location ~ \.php$ { proxy_pass http://people; }
                  }
                }
            """,
        }
        (gateway,) = tree(tmp_path, files).gateways
        assert (gateway.name, gateway.file) == ("gate", "gate/nginx.conf")
        assert gateway.hosts == ("gate", "gate:80", "localhost:8080", "127.0.0.1:8080", "shop.example.com")
        assert routes(gateway) == [
            ("/a", "users:8000", "/"),
            ("/b", "users:8000", "/"),
            ("/exact", "users:8000", "/one"),
            ("/hidden/", "users:9000", None),
            ("/orders/", "orders:7000", "/"),
            ("/re/", "users:8000", "/new/"),
            ("/rpc", "users:8000", None),
            ("/users/", "users:8000", "/"),
            ("/v1/users", "users:8000", None),
        ]
        assert {route.prefix: route.line for route in gateway.routes}["/users/"] == 11

    def test_in_a_config_map(self, tmp_path: Path) -> None:
        manifest = """
            apiVersion: v1
            kind: ConfigMap
            metadata: {name: gate}
            data:
              default.conf: |
                server {
                  location /users/ { proxy_pass http://users:80/; }
                }
            ---
            apiVersion: apps/v1
            kind: Deployment
            metadata: {name: front}
            spec:
              template:
                metadata: {labels: {app: front}}
                spec:
                  containers: [{name: nginx, image: nginx}]
                  volumes: [{name: c, configMap: {name: gate}}]
            ---
            apiVersion: v1
            kind: Service
            metadata: {name: front}
            spec: {selector: {app: front}, ports: [{port: 80}]}
        """
        (gateway,) = tree(tmp_path, {**CODE, "k8s/gate.yaml": manifest}).gateways
        assert (gateway.name, gateway.hosts) == ("front", ("front", "front:80"))
        assert routes(gateway) == [("/users/", "users:80", "/")]
        assert gateway.routes[0].line == 8

    @settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
    @given(text=st.text(alphabet="{};\"'\\# \n$location/proxy_pass http://a:1~^", max_size=200))
    def test_any_text_can_be_a_configuration(self, tmp_path: Path, text: str) -> None:
        assert tree(tmp_path, {**CODE, "nginx.conf": f"proxy_pass x;\n{text}"}).unreadable == ()


class TestTraefik:
    def test_labels(self, tmp_path: Path) -> None:
        text = """
            services:
              gate: {image: "traefik:v3", ports: ["80:80"]}
              users:
                build: users
                labels:
                  - traefik.http.routers.u.rule=Host(`shop.example.com`) && PathPrefix(`/users`, `/people`)
                  - traefik.http.routers.u.middlewares=strip@docker
                  - traefik.http.middlewares.strip.stripprefix.prefixes=/users,/people
                  - traefik.http.services.u.loadbalancer.server.port=8000
              orders:
                build: orders
                expose: ["7000"]
                deploy:
                  labels:
                    traefik.http.routers.o.rule: PathPrefix(`/orders`) || Path(`/basket`)
                    traefik.http.routers.p.rule: "!PathPrefix(`/x`)"
        """
        (gateway,) = tree(tmp_path, {**CODE, "docker-compose.yml": text}).gateways
        assert gateway.hosts == ("gate", "gate:80", "localhost:80", "127.0.0.1:80", "shop.example.com")
        assert routes(gateway) == [
            ("/basket", "orders:7000", None),
            ("/orders", "orders:7000", None),
            ("/people", "users:8000", ""),
            ("/users", "users:8000", ""),
        ]
        assert [route.host for route in gateway.routes] == ["", "", "shop.example.com", "shop.example.com"]
        found = gateway.follow("/users/{}", "shop.example.com")
        assert found is not None
        assert found[1] == "/{}"

    def test_a_file_of_its_own(self, tmp_path: Path) -> None:
        text = """
            http:
              routers:
                u: {rule: "PathPrefix(`/users`)", service: u, middlewares: [s]}
              middlewares:
                s: {stripPrefix: {prefixes: [/users]}}
              services:
                u: {loadBalancer: {servers: [{url: "http://users:8000/"}]}}
        """
        (gateway,) = tree(tmp_path, {**CODE, "traefik/dynamic.yml": text}).gateways
        assert routes(gateway) == [("/users", "users:8000", "")]

    def test_resources(self, tmp_path: Path) -> None:
        text = """
            apiVersion: traefik.io/v1alpha1
            kind: IngressRoute
            metadata: {name: r}
            spec:
              routes:
              - match: Host(`shop.example.com`) && PathPrefix(`/users`)
                middlewares: [{name: strip}]
                services: [{name: users, port: 80}]
            ---
            apiVersion: traefik.io/v1alpha1
            kind: Middleware
            metadata: {name: strip}
            spec: {stripPrefix: {prefixes: [/users]}}
        """
        (gateway,) = tree(tmp_path, {**CODE, "k8s/r.yaml": text}).gateways
        assert routes(gateway) == [("/users", "users:80", "")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            """
            apiVersion: networking.k8s.io/v1
            kind: Ingress
            metadata: {name: gate}
            spec:
              defaultBackend: {service: {name: web, port: {number: 80}}}
              rules:
              - host: shop.example.com
                http:
                  paths:
                  - {path: /users, pathType: Prefix, backend: {service: {name: users, port: {number: 8080}}}}
                  - {path: /named, backend: {service: {name: users, port: {name: http}}}}
            """,
            [
                ("/", "web:80", None, ""),
                ("/named", "users", None, "shop.example.com"),
                ("/users", "users:8080", None, "shop.example.com"),
            ],
        ),
        (
            """
            apiVersion: networking.k8s.io/v1
            kind: Ingress
            metadata:
              name: gate
              annotations: {nginx.ingress.kubernetes.io/rewrite-target: /$2}
            spec:
              rules:
              - http:
                  paths:
                  - {path: /users(/|$)(.*), backend: {serviceName: users, servicePort: 80}}
            """,
            [("/users", "users:80", "/", "")],
        ),
        (
            """
            apiVersion: gateway.networking.k8s.io/v1
            kind: HTTPRoute
            metadata: {name: gate}
            spec:
              hostnames: [shop.example.com]
              rules:
              - matches: [{path: {type: PathPrefix, value: /users}}]
                filters: [{type: URLRewrite, urlRewrite: {path: {replacePrefixMatch: /}}}]
                backendRefs: [{name: users, port: 80}]
            """,
            [("/users", "users:80", "/", "shop.example.com")],
        ),
        (
            """
            apiVersion: networking.istio.io/v1
            kind: VirtualService
            metadata: {name: gate}
            spec:
              hosts: [shop.example.com]
              gateways: [g]
              http:
              - match: [{uri: {prefix: /users/}}]
                rewrite: {uri: /}
                route: [{destination: {host: users, port: {number: 80}}}]
              - route: [{destination: {host: web}}]
            """,
            [("/", "web", None, "shop.example.com"), ("/users/", "users:80", "/", "shop.example.com")],
        ),
    ],
    ids=["ingress", "rewritten", "gateway-api", "istio"],
)
def test_resources(tmp_path: Path, text: str, expected: list[tuple[str, str, str | None, str]]) -> None:
    (gateway,) = tree(tmp_path, {**CODE, "k8s/gate.yaml": text}).gateways
    assert gateway.name == "gate"
    assert [(r.prefix, r.target, r.path, r.host) for r in gateway.routes] == expected


def test_a_rewritten_path(tmp_path: Path) -> None:
    text = """
        apiVersion: networking.k8s.io/v1
        kind: Ingress
        metadata: {name: gate, annotations: {nginx.ingress.kubernetes.io/rewrite-target: /$2}}
        spec: {rules: [{http: {paths: [{path: "/users(/|$)(.*)", backend: {serviceName: users, servicePort: 80}}]}}]}
    """
    (gateway,) = tree(tmp_path, {**CODE, "k8s/gate.yaml": text}).gateways
    found = gateway.follow("/users/{}/orders")
    assert found is not None
    assert found[1] == "/{}/orders"
