"""An unknown field through every way into readers of pydantic 1 and marshmallow 2."""

from __future__ import annotations

import json

from parsers_readers import old_dataclasses, old_functions, old_models, old_settings
from parsers_trial import REJECTED, Reads, Said, Trial, tries

LOT = "parsers-3"


@tries("pydantic", 6)
def models() -> Trial:
    """Models of pydantic 1."""
    import pydantic

    return old_models(pydantic)


@tries("pydantic", 7)
def functions() -> Trial:
    """Functions of pydantic 1 that read into a model."""
    import pydantic

    return old_functions(pydantic)


@tries("pydantic", 8)
def data_classes() -> Trial:
    """Data classes of pydantic 1."""
    import pydantic.dataclasses

    return old_dataclasses(pydantic.dataclasses.dataclass)


@tries("pydantic", 9)
def calls() -> Trial:
    """Functions whose arguments pydantic 1 checks."""
    import pydantic

    def reads(_: Said) -> Reads:
        @pydantic.validate_arguments
        def order(a: int) -> int:
            return a

        return {"construct": lambda data: order(**data)}

    return Trial(reads)


@tries("pydantic", 10)
def settings() -> Trial:
    """Settings of pydantic 1."""
    import pydantic

    return old_settings(pydantic.BaseSettings)


@tries("marshmallow", 1)
def schemas() -> Trial:
    """Schemas of marshmallow 2, strict ones as well."""
    import marshmallow

    class OrderSchema(marshmallow.Schema):
        a = marshmallow.fields.Int()

    class StrictSchema(OrderSchema):
        class Meta:
            strict = True

    def reads(_: Said) -> Reads:
        ways: Reads = {}
        for kind in (OrderSchema, StrictSchema):
            ways |= {
                f"{kind.__name__}/load": lambda data, kind=kind: kind().load(data).data,
                f"{kind.__name__}/loads": lambda data, kind=kind: kind().loads(json.dumps(data)).data,
                f"{kind.__name__}/validate": lambda data, kind=kind: REJECTED if kind().validate(data) else None,
            }
        return ways

    return Trial(reads)
