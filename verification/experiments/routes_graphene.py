"""Graphene, alone and for Django: resolvers and mutations are executed."""

from __future__ import annotations

import fnmatch
from typing import Any

from experiment import exercise
from routes_common import resolve

LOT = "routes-2"


def django() -> None:
    """Set Django up."""
    import django
    from django.conf import settings

    if not settings.configured:
        settings.configure(INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "graphene_django"])
        django.setup()


@exercise("graphene", "entry", 0)
@exercise("graphene-django", "entry", 0)
def resolvers(model: dict[str, Any]) -> None:
    """A method that is called like a field resolves it."""
    django()
    import graphene
    from django.contrib.auth.models import User

    def resolve_ship_it(self: Any, info: Any) -> str:
        return "shown"

    assert any(fnmatch.fnmatchcase("resolve_ship_it", handler) for handler in model["handlers"])
    for base in model["bases"]:
        members: dict[str, Any] = {"ship_it": graphene.String(), "resolve_ship_it": resolve_ship_it}
        if base.startswith("graphene_django"):
            members["Meta"] = type("Meta", (), {"model": User, "fields": ("username",)})
        thing = type("Thing", (resolve(base, {}),), members)
        kinds = [thing]
        if base == "graphene.Interface":
            kinds.append(type("Own", (graphene.ObjectType,), {"Meta": type("Meta", (), {"interfaces": (thing,)})}))
        query = type(
            "Query",
            (graphene.ObjectType,),
            {"thing": graphene.Field(kinds[-1]), "resolve_thing": lambda root, info: User(username="x")},
        )
        kinds[-1].is_type_of = None
        answer = graphene.Schema(query=query, types=kinds).execute("{ thing { shipIt } }")
        assert answer.data == {"thing": {"shipIt": "shown"}}, (base, answer)


@exercise("graphene", "entry", 0)
async def subscribers(model: dict[str, Any]) -> None:
    """A method that is called like a subscription gives its values."""
    import graphene

    async def subscribe_ship_it(root: Any, info: Any) -> Any:
        yield "shown"

    assert any(fnmatch.fnmatchcase("subscribe_ship_it", handler) for handler in model["handlers"])
    members = {"ship_it": graphene.String(), "subscribe_ship_it": subscribe_ship_it}
    subscription = type("Subscription", (graphene.ObjectType,), members)
    query = type("Query", (graphene.ObjectType,), {"fine": graphene.String()})
    schema = graphene.Schema(query=query, subscription=subscription)
    async for answer in await schema.subscribe("subscription { shipIt }"):
        assert answer.data == {"shipIt": "shown"}


@exercise("graphene", "entry", 1, 2)
@exercise("graphene-django", "entry", 1)
def mutations(model: dict[str, Any]) -> None:
    """The method of a mutation is what it does."""
    django()
    import graphene
    from django import forms
    from django.contrib.auth.models import User

    calls: list[str] = []
    made: list[Any] = []
    for base in model["bases"]:
        cls = resolve(base, {})

        def plain(self: Any, info: Any) -> Any:
            calls.append("mutate")
            return made[-1](done=True)

        def payload(cls: Any, root: Any, info: Any, **given: Any) -> Any:
            calls.append("mutate_and_get_payload")
            return cls(done=True)

        def perform(cls: Any, form: Any, info: Any) -> Any:
            calls.append("perform_mutate")
            return cls(errors=[])

        form = type("ShipForm", (forms.Form,), {"x": forms.CharField(required=False)})
        if "Model" in base:
            meta = type("Meta", (), {"model": User, "fields": ("first_name",)})
            form = type("ShipForm", (forms.ModelForm,), {"Meta": meta})
        [name] = model["handlers"]
        function = {"mutate": plain, "mutate_and_get_payload": classmethod(payload)}.get(name, classmethod(perform))
        members: dict[str, Any] = {name: function}
        if "Form" in base:
            members["Meta"] = type(
                "Meta",
                (),
                {"form_class": form, "return_field_name": "user"} if "Model" in base else {"form_class": form},
            )
        else:
            members["done"] = graphene.Boolean()
        if "Model" in base:
            user = {"model": User, "fields": ("first_name",)}
            type("UserType", (resolve("graphene_django.DjangoObjectType", {}),), {"Meta": type("Meta", (), user)})
        made.append(type("Ship", (cls,), members))
        root = type("Root", (graphene.ObjectType,), {"ship_it": made[-1].Field()})
        query = type("Query", (graphene.ObjectType,), {"fine": graphene.String()})
        schema = graphene.Schema(query=query, mutation=root)
        field = "shipIt { done }" if base == "graphene.Mutation" else "shipIt(input: {}) { clientMutationId }"
        answer = schema.execute(f"mutation {{ {field} }}")
        assert not answer.errors, (base, answer)
        assert calls.pop() == name
