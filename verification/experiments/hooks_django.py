"""Django and Django REST framework: what they call by themselves, seen by methods that note their names."""

from __future__ import annotations

from typing import Any

from experiment import exercise

LOT = "routes-1"

# What has been called, in order.
CALLED: list[str] = []


def set_up() -> None:
    """Settings with a database in memory."""
    import django
    from django.conf import settings

    settings.configure(
        ALLOWED_HOSTS=["*"],
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
        INSTALLED_APPS=["rest_framework"],
        REST_FRAMEWORK={
            "DEFAULT_AUTHENTICATION_CLASSES": [],
            "DEFAULT_PERMISSION_CLASSES": [],
            "UNAUTHENTICATED_USER": None,
        },
        USE_TZ=True,
    )
    django.setup()


def noting(base: type, names: list[str], **more: Any) -> dict[str, Any]:
    """Methods that note their names and go on with the base's."""

    def make(name: str) -> Any:
        def noted(self: Any, *args: Any, **kwargs: Any) -> Any:
            CALLED.append(name)
            return getattr(base, name)(self, *args, **kwargs)

        return noted

    return {name: make(name) for name in names} | more


def order_class() -> Any:
    """A model whose table is there."""
    from django.db import connection, models

    fields = {"name": models.CharField(max_length=9, unique=True), "__module__": "shop", "__qualname__": "Order"}
    fields["Meta"] = type("Meta", (), {"app_label": "shop"})
    hooks = noting(models.Model, ["save", "clean", "clean_fields", "validate_unique"])
    order = type("Order", (models.Model,), fields | hooks)
    with connection.schema_editor() as editor:
        editor.create_model(order)
    return order


def tell(manager: Any, method: str) -> None:
    """Has a manager or query make an object."""
    getattr(manager, method)(name=method)


@exercise("django", "hook", 0)
def making_saves(model: dict[str, Any]) -> None:
    """What makes an object calls its own `save`."""
    set_up()
    order = order_class()
    for path in model["functions"]:
        order.objects.all().delete()
        CALLED.clear()
        tell(order.objects if ".Manager()" in path else order.objects.all(), path.rpartition(".")[2])
        assert model["hooks"] == CALLED, path


@exercise("django", "hook", 1)
def cleaning_a_model(model: dict[str, Any]) -> None:
    """`full_clean` calls each of the hooks."""
    set_up()
    order = order_class()
    for path in model["functions"]:
        CALLED.clear()
        getattr(order(name="new"), path.rpartition(".")[2])()
        assert set(CALLED) == set(model["hooks"])


@exercise("django", "hook", 2)
def cleaning_a_form(model: dict[str, Any]) -> None:
    """A form asks its hooks and those of its fields."""
    set_up()
    from django import forms

    order = order_class()
    for path in model["functions"]:
        base = getattr(forms, path.rpartition("()")[0].rpartition(".")[2])

        def clean_name(self: Any) -> Any:
            CALLED.append("clean_{field}")
            return self.cleaned_data["name"]

        more: dict[str, Any] = {"clean_name": clean_name, "name": forms.CharField()}
        more["Meta"] = type("Meta", (), {"model": order, "fields": ["name"]})
        CALLED.clear()
        form = type("OrderForm", (base,), noting(base, ["clean"], **more))({"name": "new"})
        getattr(form, path.rpartition(".")[2])()
        assert {name for name in CALLED if "clean" in name} >= set(model["hooks"]), path


@exercise("django", "signal", 0)
def own_signals(model: dict[str, Any]) -> None:
    """Receivers that are connected in either way are called by each method that sends."""
    import asyncio
    import inspect

    set_up()
    from django.dispatch import Signal, receiver

    placed = Signal()

    @receiver(placed)
    def first(**_: Any) -> None:
        CALLED.append("first")

    def second(**_: Any) -> None:
        CALLED.append("second")

    placed.connect(second)
    for method in model["sending"]:
        CALLED.clear()
        sent = getattr(placed, method)(sender=None)
        if inspect.isawaitable(sent):

            async def wait(sent: Any = sent) -> None:
                await sent

            asyncio.run(wait())
        assert CALLED == ["first", "second"], method


@exercise("django", "signal", 1, 2)
def signals_of_models(model: dict[str, Any]) -> None:
    """Each way of saving or deleting sends each signal, to the receivers of that class."""
    set_up()
    from django.db.models import signals
    from django.dispatch import receiver

    order = order_class()
    sent = [path.rpartition(".")[2] for path in model["signals"]]
    for name in sent:

        @receiver(getattr(signals, name), sender=order, weak=False)
        def note(name: str = name, **_: Any) -> None:
            CALLED.append(name)

        @receiver(getattr(signals, name), sender=type(order), weak=False)
        def never(**_: Any) -> None:
            raise AssertionError

    for path in model["sent_by"]:
        order.objects.all().delete()
        kept = order.objects.create(name="kept") if path.endswith(".delete") else None
        CALLED.clear()
        method = path.rpartition(".")[2]
        if ".Model()" in path:
            getattr(kept or order(name="new"), method)()
        elif method == "delete":
            order.objects.all().delete()
        else:
            tell(order.objects if ".Manager()" in path else order.objects.all(), method)
        assert [name for name in CALLED if name in sent] == sent, path


# --- serializers ------------------------------------------------------------------------------------------------------


def serializer_class(base: Any, order: Any) -> Any:
    """A serializer whose hooks note their names."""
    from rest_framework import serializers

    def get_label(self: Any, row: Any) -> str:
        CALLED.append("get_{field}")
        return "label"

    def validate_name(self: Any, value: Any) -> Any:
        CALLED.append("validate_{field}")
        return value

    def create(self: Any, data: Any) -> Any:
        CALLED.append("create")
        return order.objects.create(**data)

    def update(self: Any, row: Any, data: Any) -> Any:
        CALLED.append("update")
        return row

    more: dict[str, Any] = {
        "get_label": get_label,
        "validate_name": validate_name,
        "create": create,
        "update": update,
        "label": serializers.SerializerMethodField(),
        "name": serializers.CharField(),
    }
    more["Meta"] = type("Meta", (), {"model": order, "fields": ["name", "label"]})
    return type(
        "OrderSerializer", (base,), noting(base, ["to_representation", "to_internal_value", "validate"], **more)
    )


def bases() -> list[Any]:
    """The serializers that the tables mean."""
    from rest_framework import serializers

    return [serializers.Serializer, serializers.ModelSerializer]


def hooks_called() -> set[str]:
    """What has been called of a serializer."""
    return set(CALLED) - {"save", "clean", "clean_fields", "validate_unique"}


@exercise("djangorestframework", "hook", 0)
def fields_of_objects(model: dict[str, Any]) -> None:
    """A serializer of one object, and of two."""
    set_up()
    order = order_class()
    for base in bases():
        cls = serializer_class(base, order)
        CALLED.clear()
        assert cls(order(name="a")).data
        assert hooks_called() == set(model["hooks"])
        assert CALLED.count("get_{field}") == 1
        CALLED.clear()
        assert len(cls([order(name="a"), order(name="b")], many=True).data) == 2
        assert CALLED.count("get_{field}") == CALLED.count("to_representation") == 2


@exercise("djangorestframework", "hook", 1)
def fields_of_data(model: dict[str, Any]) -> None:
    """A serializer of data, and of a list of them."""
    set_up()
    order = order_class()
    for base in bases():
        cls = serializer_class(base, order)
        CALLED.clear()
        assert cls(data={"name": "a"}).is_valid()
        assert hooks_called() == set(model["hooks"])
        CALLED.clear()
        assert cls(data=[{"name": "a"}, {"name": "b"}], many=True).is_valid()
        assert CALLED.count("validate") == 2


@exercise("djangorestframework", "hook", 2)
def saving(model: dict[str, Any]) -> None:
    """`save` creates, or updates what it was given."""
    set_up()
    order = order_class()
    for base in bases():
        cls = serializer_class(base, order)
        order.objects.all().delete()
        for given in ({}, {"instance": order(name="a")}):
            serializer = cls(data={"name": "a"}, **given)
            assert serializer.is_valid()
            CALLED.clear()
            serializer.save()
            assert hooks_called() == {model["hooks"][bool(given)]}


def asked(view: Any, verb: str, data: Any, **action: str) -> set[str]:
    """What answering a request calls."""
    from rest_framework.test import APIRequestFactory

    request = getattr(APIRequestFactory(), verb)("/", data, format="json")
    handler = (
        view.as_view({verb: action["action"]})
        if hasattr(view, "extra_actions") or action["viewset"]
        else (view.as_view())
    )
    CALLED.clear()
    response = handler(request) if action["action"] in ("list", "create") else handler(request, pk=1)
    assert response.status_code in (200, 201), response.data
    return hooks_called()


@exercise("djangorestframework", "hook", 5, 6, 7, 8)
def views(model: dict[str, Any]) -> None:
    """Views that leave everything to their bases."""
    import importlib

    set_up()
    order = order_class()
    verbs = {"list": "get", "retrieve": "get", "create": "post", "update": "put"}
    for path in model["functions"]:
        base_path, _, action = path.rpartition("().")
        module, _, name = base_path.rpartition(".")
        base = getattr(importlib.import_module(module), name)
        parents: tuple[Any, ...] = (base,)
        if module.endswith("mixins"):
            from rest_framework.viewsets import GenericViewSet

            parents = (base, GenericViewSet)
        for way in ("attribute", "method"):
            order.objects.all().delete()
            order.objects.create(pk=1, name="kept")
            serializer = serializer_class(bases()[1], order)
            body: dict[str, Any] = {"queryset": order.objects.all()}
            body |= (
                {"serializer_class": serializer}
                if way == "attribute"
                else {"get_serializer_class": lambda self, chosen=serializer: chosen}
            )
            view = type("OrderView", parents, body)
            viewset = "viewsets" in module or "mixins" in module
            given = None if verbs[action] == "get" else {"name": "new"}
            called = asked(view, verbs[action], given, action=action, viewset="yes" if viewset else "")
            assert called == set(model["hooks"]), (path, way, called)


@exercise("djangorestframework", "hook", 3, 4)
@exercise("djangorestframework", "instances", 1)
def serializers_of_views(model: dict[str, Any]) -> None:
    """`get_serializer` makes an object of the class that the view says."""
    from types import SimpleNamespace

    set_up()
    from rest_framework import generics, viewsets

    order = order_class()
    serializer = serializer_class(bases()[1], order)
    for base in (generics.GenericAPIView, generics.ListAPIView, viewsets.GenericViewSet, viewsets.ModelViewSet):
        for body in (
            {"serializer_class": serializer},
            {"get_serializer_class": lambda self: serializer},
        ):
            view = type("OrderView", (base,), body)()
            view.request, view.format_kwarg = SimpleNamespace(), None
            CALLED.clear()
            made = view.get_serializer(order(name="a"))
            assert isinstance(made, serializer)
            assert made.data
            shown = hooks_called()
            CALLED.clear()
            assert view.get_serializer(data={"name": "b"}).is_valid()
            read = hooks_called()
            if "hooks" in model:
                assert set(model["hooks"]) in (shown, read)
