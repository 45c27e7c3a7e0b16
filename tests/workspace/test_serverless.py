"""What SAM and Serverless templates say."""

from __future__ import annotations

from pathlib import Path

from folders import one, places, roots, tree

ORDERS = """
    Transform: AWS::Serverless-2016-10-31
    Parameters:
      Stage: {Type: String, Default: dev}
      NoDefault: {Type: String}
      UsersApiUrl: {Type: "AWS::SSM::Parameter::Value<String>"}
      Named: {Type: "AWS::SSM::Parameter::Value<String>", Default: /shop/dev/pay/api/url}
    Globals:
      Function:
        Environment:
          Variables: {STAGE: !Ref Stage, LEVEL: info, TABLE: !Ref Table, NONE: !Ref NoDefault}
    Resources:
      Table: {Type: AWS::DynamoDB::Table}
      Create:
        Type: AWS::Serverless::Function
        Properties:
          CodeUri: src/create
          Environment:
            Variables:
              USERS_URL: !Ref UsersApiUrl
              USERS_PATH: !Sub "${UsersApiUrl}/backend"
              PAY_URL: !Ref Named
              MAIL_URL: !ImportValue mail-url
              NAME: !Sub "orders-${Stage}"
"""
USERS = """
    Resources:
      Api: {Type: AWS::Serverless::Api}
      F: {Type: AWS::Serverless::Function, Properties: {CodeUri: src}}
      P:
        Type: AWS::SSM::Parameter
        Properties:
          Name: !Sub /shop/${Stage}/users/api/url
          Value: !Sub "https://${Api}.execute-api.${AWS::Region}.amazonaws.com/prod"
"""


def template(body: str) -> str:
    return f"    Resources:\n      F: {{Type: AWS::Serverless::Function}}\n{body}"


def test_settings_and_addresses_that_templates_publish(tmp_path: Path) -> None:
    pay = """
      HttpApi: {Type: AWS::Serverless::HttpApi}
      P:
        Type: AWS::SSM::Parameter
        Properties: {Name: /shop/dev/pay/api/url, Value: !GetAtt HttpApi.ApiEndpoint}
    """
    mail = """
    Outputs:
      Url: {Value: !Sub "https://${ServerlessRestApi}.example.com", Export: {Name: mail-url}}
    """
    workspace = tree(
        tmp_path,
        {
            "orders/template.yaml": ORDERS,
            "orders/src/create/main.py": "",
            "users/template.yaml": USERS,
            "users/src/main.py": "",
            "pay/template.yaml": template(pay),
            "pay/main.py": "",
            "mail/template.yaml": template(mail),
            "mail/main.py": "",
        },
    )
    assert roots(workspace) == {name: name for name in ("orders", "users", "pay", "mail")}
    assert workspace.settings["orders"] == {
        "LEVEL": "info",
        "MAIL_URL": "https://mail",
        "NAME": "orders-dev",
        "PAY_URL": "https://pay",
        "STAGE": "dev",
        "USERS_PATH": "https://users/backend",
        "USERS_URL": "https://users",
    }
    assert places(workspace, "orders")["PAY_URL"] == "orders/template.yaml:22"
    reached = workspace.reached(one(workspace, "orders"))
    assert {name: service.name for name, service in reached.items()} == {
        "MAIL_URL": "mail",
        "PAY_URL": "pay",
        "USERS_PATH": "users",
        "USERS_URL": "users",
    }


def test_the_serverless_framework(tmp_path: Path) -> None:
    text = """
        service: orders-service
        provider:
          name: aws
          environment:
            STAGE: ${opt:stage, 'dev'}
            USERS_URL: http://users
            HIDDEN: ${ssm:/x}
        functions:
          create:
            handler: handler.create
            environment: {ONLY: here}
    """
    workspace = tree(tmp_path, {"orders/serverless.yml": text, "orders/handler.py": ""})
    assert roots(workspace) == {"orders": "orders"}
    assert workspace.settings["orders"] == {"ONLY": "here", "STAGE": "dev", "USERS_URL": "http://users"}


def test_broken_templates_are_told(tmp_path: Path) -> None:
    files = {"a/template.yaml": "Resources:\n  F: {Type: AWS::Serverless::Function\n", "a/main.py": ""}
    (unreadable,) = tree(tmp_path, files).unreadable
    assert unreadable.path == "a/template.yaml"


def test_a_stack_of_other_things_is_no_service(tmp_path: Path) -> None:
    stack = "Resources:\n  L: {Type: AWS::Lambda::Function}\n"
    files = {"infra/stack.yaml": stack, "infra/tool.py": "", "users/Dockerfile": "", "users/app.py": ""}
    assert roots(tree(tmp_path, files)) == {"users": "users"}
