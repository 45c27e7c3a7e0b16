"""Task queues: what reaches their brokers, which need no server here, and what runs at once instead."""

from __future__ import annotations

import asyncio
import datetime as dt
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from experiment import exercise
from messaging_peers import Model, closed_port, ended, redis_server, ways

LOT = "messaging-1"

HERE = __name__
RAN: list[Any] = []


def pay(*given: Any, **named: Any) -> Any:
    """The task of all experiments."""
    RAN.append((given, named))
    return given


async def pay_order(_: Any) -> None:
    """The task of what wants coroutines."""


async def handle(_: Any) -> None:
    """The agent of faust."""


def outcome(call: Callable[[], Any]) -> tuple[float, Any]:
    """How long a call took, and what it gave or raised."""
    started = time.monotonic()
    try:
        given = call()
    except Exception as error:  # noqa: BLE001  (it is looked at)
        given = error
    return time.monotonic() - started, given


def without(model: Model, key: str, *places: str) -> Model:
    """A table without some places under a key."""
    return model | {key: "|".join(one for one in model[key].split("|") if one not in places)}


# --- Celery -----------------------------------------------------------------------------------------------------------


def celery_app() -> Any:
    """An application with a broker in memory."""
    from celery import Celery

    return Celery("shop", broker="memory://", backend="cache+memory://", set_as_current=True)


def on_queues(app: Any) -> list[tuple[str, str, Any]]:
    """What is on the queues of an application: queue, name of the task, arguments."""
    found = []
    with app.connection() as connection:
        for name in ("celery", "billing"):
            queue = connection.SimpleQueue(name)
            while len(queue):
                message = queue.get(block=False)
                message.ack()
                found.append((name, message.headers["task"], message.payload[0]))
            queue.close()
    return found


@exercise("celery", "publisher", 0)
def celery_sends_tasks(model: Model) -> None:
    """Methods of a task put its name and arguments on the queue; others run it at once, or send nothing."""
    from celery import shared_task

    app = celery_app()
    # Arguments of `delay` are those of the task; a routing key alone is the exchange's business.
    elsewhere = {"delay": ["kw:queue", "kw:routing_key"], "apply_async": ["kw:routing_key"]}
    payloads = {"delay": ("arg:*", 1), "apply_async": (model["payload"], [1])}
    for decorator in (app.task, shared_task):
        for method in model["methods"]:
            table = without(model, "topic", *elsewhere[method]) | {"payload": payloads[method][0]}
            for words in ways(table, topic="billing", event="orders.pay", payload=payloads[method][1]):
                task = decorator(**words.named)(pay)
                result = getattr(task, method)(*words.args, **words.kwargs)
                name = words.named.get("name", f"{HERE}.pay")
                assert on_queues(app) == [("billing", name, [1])], words
                assert all(hasattr(result, answer) for answer in model["answers"])
    task = app.task(name="orders.again")(pay)
    for method in model["inline"]:
        RAN.clear()
        getattr(task, method)(*([(1,)] if method == "apply" else [1]))
        assert RAN == [((1,), {})]
    for method in model["builds"]:
        given = {"map": [[1]], "starmap": [[(1,)]], "chunks": [[(1,)], 1], "signature": [(1,)], "subtask": [(1,)]}
        built = getattr(task, method)(*given.get(method, [1]))
        assert hasattr(built, "apply_async")
    assert on_queues(app) == []


@exercise("celery", "publisher", 1)
def celery_sends_by_name(model: Model) -> None:
    """A task that is not there is sent by its name."""
    import celery.execute

    app = celery_app()
    for send in (app.send_task, celery.current_app.send_task, celery.execute.send_task):
        for words in ways(without(model, "topic", "kw:routing_key"), topic="billing", event="other.pay", payload=[1]):
            result = send(*words.args, **words.kwargs)
            assert on_queues(app) == [("billing", "other.pay", [1])]
            assert all(hasattr(result, answer) for answer in model["answers"])


@exercise("celery", "publisher", 2)
def celery_sends_signatures(model: Model) -> None:
    """A signature by name sends that task; its queue may be said when it is made or when it is sent."""
    from celery import signature

    app = celery_app()
    for make in (app.signature, signature):
        for method in model["methods"]:
            places = ["kw:queue"] if method == "delay" else []
            for words in ways(without(model, "topic", *places), topic="billing", event="other.pay", payload=[1]):
                if "queue" in words.named:
                    words.named["options"] = {"queue": words.named.pop("queue")}
                built = make(*words.made, **words.named)
                assert on_queues(app) == []
                result = getattr(built, method)(*words.args, **words.kwargs)
                assert on_queues(app) == [("billing", "other.pay", [1])]
                assert all(hasattr(result, answer) for answer in model["answers"])


@exercise("celery", "publisher", 3)
@exercise("celery", "entry", 1)
def celery_has_tasks_that_are_classes(model: Model) -> None:
    """Name and queue of a task that is a class are attributes; its `run` does the work."""
    from celery import Task

    app = celery_app()
    kind = type("Pay", (Task,), {"name": "orders.pay", "queue": "billing", "run": lambda _, *given: pay(*given)})
    task = app.register_task(kind())
    if "handlers" in model:
        assert model["handlers"] == ["run"]
        task(1)
        assert RAN == [((1,), {})]
        return
    assert (model["event"], model["topic"]) == ("class.attr:name", "class.attr:queue")
    for method in model["methods"]:
        getattr(task, method)(*([(1,)] if method == "apply_async" else [1]))
        assert on_queues(app) == [("billing", "orders.pay", [1])]


@exercise("celery", "publisher", 4)
def celery_sends_groups(model: Model) -> None:
    """Calling a group, chain or chord of signatures sends them, as its methods do."""
    import celery

    app = celery_app()
    task = app.task(name="orders.pay")(pay)
    for path in model["functions"]:
        kind = getattr(celery, path.removesuffix("()").rpartition(".")[2])
        for method in ["__call__", *model["methods"]]:
            header = [task.s(1)]
            built = kind(header, task.s()) if kind is celery.chord else kind(*header)
            assert on_queues(app) == []
            result = getattr(built, method)()
            assert ("celery", "orders.pay", [1]) in on_queues(app)
            assert any(hasattr(result, answer) for answer in model["answers"])
    [words] = ways(model, event=task.s(1))
    celery.group(*words.made)()
    assert on_queues(app) == [("celery", "orders.pay", [1])]


@exercise("celery", "entry", 0)
def celery_names_tasks(model: Model) -> None:
    """A task has the name that is said."""
    app = celery_app()
    for words in ways(model, path="orders.pay"):
        assert app.task(*words.args, **words.kwargs)(pay).name == "orders.pay"
    assert app.task(pay).name == f"{HERE}.pay"


@exercise("celery", "client", 0, 1, 2)
def celery_waits_for_results(model: Model) -> None:
    """Without a limit, a result that does not come is waited for; with one, its end is raised as is said."""
    import celery
    import celery.result

    app = celery_app()
    task = app.task(name="orders.pay")(pay)
    paths = model["classes"][0]
    if paths.endswith("send_task"):
        result = app.send_task("orders.pay")
    elif paths.endswith("AsyncResult"):
        result = celery.result.AsyncResult("unknown", app=app)
    else:
        result = celery.group(task.s(1), task.s(2))()
    for method in model["methods"]:
        for words in ways(model, timeout=0.5):
            # This backend cannot join natively.
            if method != "join_native":
                seconds, error = outcome(lambda m=method, w=words: getattr(result, m)(*w.args, **w.kwargs))
                assert 0.4 < seconds < 2
                assert isinstance(error, celery.exceptions.TimeoutError)
    assert model["errors"]["timeout"] == ["celery.exceptions.TimeoutError"]
    assert "default_timeout" not in model
    done = asyncio.run(waits_on(result.get))
    assert not done


async def waits_on(call: Callable[[], Any], patience: float = 1.5) -> bool:
    """Whether a call in a thread is done in time."""
    from threading import Event, Thread

    event = Event()
    Thread(target=lambda: (outcome(call), event.set()), daemon=True).start()
    return event.wait(patience)


@exercise("celery", "client", 0)
def celery_cannot_connect(model: Model) -> None:
    """A broker that is gone is said by the error that is said."""
    from celery import Celery
    from kombu.exceptions import OperationalError

    assert model["errors"]["connection"] == ["kombu.exceptions.OperationalError"]
    app = Celery("shop", broker=f"amqp://127.0.0.1:{closed_port()}//", backend="rpc://")
    assert isinstance(outcome(lambda: app.send_task("other.pay"))[1], OperationalError)


# --- dramatiq ---------------------------------------------------------------------------------------------------------


def dramatiq_broker() -> Any:
    """A broker in memory."""
    import dramatiq
    from dramatiq.brokers.stub import StubBroker

    broker = StubBroker()
    dramatiq.set_broker(broker)
    return broker


def on_broker(broker: Any) -> list[tuple[str, str, Any]]:
    """What is on the queues of a broker: queue, name of the actor, arguments."""
    import dramatiq

    found = []
    for queue in broker.queues.values():
        while queue.qsize():
            message = dramatiq.Message.decode(queue.get_nowait())
            found.append((message.queue_name, message.actor_name, list(message.args)))
    return found


@exercise("dramatiq", "publisher", 0)
def dramatiq_sends(model: Model) -> None:
    """Methods of an actor put its name and arguments on the queue; others run it at once, or send nothing."""
    import dramatiq

    payloads = {"send": ("arg:*", 1), "send_with_options": ("kw:args", (1,))}
    for method in model["methods"]:
        place, payload = payloads[method]
        assert place in model["payload"].split("|")
        broker = dramatiq_broker()
        [words] = ways(model | {"payload": place}, topic="billing", event="pay_order", payload=payload)
        actor = dramatiq.actor(**words.named)(pay)
        getattr(actor, method)(*words.args, **words.kwargs)
        assert on_broker(broker) == [("billing", "pay_order", [1])]
        for name in model["inline"]:
            RAN.clear()
            getattr(actor, name)(1)
            assert RAN == [((1,), {})]
        for name in model["builds"]:
            built = getattr(actor, name)(**({"args": (1,)} if name.endswith("options") else {}))
            assert built.actor_name == "pay_order"
        assert on_broker(broker) == []


@exercise("dramatiq", "publisher", 1)
def dramatiq_enqueues(model: Model) -> None:
    """A message made by hand says queue, actor and arguments where the table says."""
    import dramatiq

    broker = dramatiq_broker()
    broker.declare_queue("billing")
    known = dramatiq.Message("billing", "pay_order", (1,), {}, {})
    fields = ("queue_name", "actor_name", "args")
    for key, field in zip(("topic", "event", "payload"), fields, strict=True):
        positional, named = model[key].split("|")
        assert positional == f"arg:0.arg:{fields.index(field)}"
        assert named == f"arg:0.kw:{field}"
    for message in (known, dramatiq.Message(**known.asdict())):
        dramatiq.get_broker().enqueue(message)
        assert on_broker(broker) == [("billing", "pay_order", [1])]


@exercise("dramatiq", "publisher", 2)
def dramatiq_runs_groups(model: Model) -> None:
    """A group or pipeline sends messages once it runs."""
    import dramatiq

    broker = dramatiq_broker()
    actor = dramatiq.actor(pay)
    for path in model["classes"]:
        for words in ways(model, event=actor.message(1)):
            built = getattr(dramatiq, path.rpartition(".")[2])(*words.made, **words.named)
            assert on_broker(broker) == []
            built.run()
            assert on_broker(broker) == [("default", "pay", [1])]


@exercise("dramatiq", "entry", 0, 1)
def dramatiq_names_actors(model: Model) -> None:
    """An actor has the name that is said; that of a function is its own, that of a class runs `perform`."""
    import dramatiq

    dramatiq_broker()
    if "bases" in model:
        kind = type("Pay", (dramatiq.GenericActor,), {model["handlers"][0]: lambda _, one: pay(one)})
        kind(1)
        assert RAN == [((1,), {})]
        return
    for words in ways(model, path="pay_order"):
        assert dramatiq.actor(**words.kwargs)(pay).actor_name == "pay_order"
    assert dramatiq.actor(pay).actor_name == model["default_path"].format(name="pay")


# --- RQ ---------------------------------------------------------------------------------------------------------------


@exercise("rq", "publisher", 0, 1, 2, 3, 4)
@exercise("rq", "entry", 0, 1, 2)
def rq_enqueues(model: Model) -> None:
    """A job is on the list of its queue, with the function and arguments that are said."""
    import fakeredis
    import rq
    import rq.decorators
    import rq.job

    connection = fakeredis.FakeRedis()
    later = dt.timedelta(seconds=5)
    when = {"enqueue_in": later, "enqueue_at": dt.datetime.now(tz=dt.UTC) + later}
    entry = "kind" in model
    keys = ("path", "handler") if entry else ("topic", "event", "payload")
    values = {"path": "billing", "topic": "billing", "handler": pay, "event": pay, "payload": 1}
    said = {key: values[key] for key in keys if model.get(key)}
    methods = model.get("methods") or [path.rpartition(".")[2] for path in model.get("registrars", ["delay"])]
    for method in methods:
        table = model
        makers: dict[str, Any] = {}
        key = "handler" if entry else "event"
        if method != "enqueue_many" and key in model:
            parameter = {"enqueue": "kw:f", "enqueue_call": "kw:func", "enqueue_in": "kw:func", "enqueue_at": "kw:f"}
            other = {"kw:f", "kw:func"} - {parameter[method]}
            table = without(model, key, *other)
        if method == "enqueue_call":
            said["payload"] = [1]
        elif method == "enqueue_many":
            makers = dict.fromkeys(("arg:0.each", "kw:job_datas.each"), prepared)
        for words in ways(table, makers, **{key: value for key, value in said.items() if table.get(key)}):
            connection.flushall()
            if method in when and words.args:
                words.args[0] = when[method]
            elif method in when:
                words.kwargs["time_delta" if method == "enqueue_in" else "datetime"] = when[method]
            if "args" in words.kwargs:
                words.kwargs["args"] = (1,)
            if "rq.decorators.job" in model.get("tasks", model.get("decorators", [])):
                given, named = (words.args, words.kwargs) if entry else (words.made, words.named)
                decorated = rq.decorators.job(*given, **named, connection=connection)(pay)
                getattr(decorated, method)(*([] if entry else words.args))
                for name in model.get("inline", []):
                    getattr(decorated, name)(1)
                    assert RAN.pop() == ((1,), {})
            else:
                queue = rq.Queue(*words.made, **words.named, connection=connection)
                getattr(queue, method)(*words.args, **words.kwargs)
            queue = rq.Queue("billing", connection=connection)
            [found] = queue.scheduled_job_registry.get_job_ids() if method in when else queue.job_ids
            job = rq.job.Job.fetch(found, connection=connection)
            assert job.func_name == f"{HERE}.pay"
            assert entry or method == "enqueue_many" or list(job.args) == [1]


def prepared(said: dict[str, Any]) -> Any:
    """The data of a job."""
    import rq

    return rq.Queue.prepare_data(said.get("arg:0") or said["kw:func"])


# --- huey -------------------------------------------------------------------------------------------------------------


def huey_queue() -> Any:
    """A queue in a file."""
    import huey

    return huey.SqliteHuey(filename=str(Path(tempfile.mkdtemp()) / "huey.db"))


def in_file(queue: Any) -> list[tuple[str, Any]]:
    """What is on a queue, now and later: name of the task, arguments."""
    found = []
    while data := queue.storage.dequeue():
        found.append(queue.deserialize_task(data))
    found += map(queue.deserialize_task, queue.storage.scheduled_items())
    queue.flush()
    return [(task.name, list(task.args)) for task in found]


@exercise("huey", "publisher", 0)
@exercise("huey", "entry", 0, 1)
def huey_sends(model: Model) -> None:
    """Calling a task sends it, as its methods do; others run it at once, or send nothing."""
    import huey

    queue = huey_queue()
    entry = "kind" in model
    payloads = {"__call__": ("arg:*", 1), "schedule": (model.get("payload", ""), (1,)), "map": ("arg:*", [1])}
    for kind in ("task", "periodic_task"):
        if entry and not any(path.endswith(f".{kind}") for path in model["decorators"]):
            continue
        for method in ["__call__"] if entry else model["methods"]:
            place, payload = payloads[method]
            said = {"path": "pay_order"} if entry else {"event": "pay_order", "payload": payload}
            for words in ways(model | ({} if entry else {"payload": place}), **said):
                words.kwargs |= {"delay": 60} if method == "schedule" else {}
                named = words.kwargs if entry else words.named
                made = [huey.crontab(minute="0")] if kind == "periodic_task" else []
                task = getattr(queue, kind)(*made, **named)(pay)
                getattr(task, method)(*([1] if entry else words.args), **({} if entry else words.kwargs))
                name = named.get("name", "pay")
                assert in_file(queue) == [(name, [1])]
                for inline in model.get("inline", []):
                    getattr(task, inline)(1)
                    assert RAN.pop() == ((1,), {})
                for builds in model.get("builds", []):
                    assert getattr(task, builds)(1).args == (1,)
                assert in_file(queue) == []
                assert next(one for one in queue._registry._registry if one.endswith(name)) == f"{HERE}.{name}"
                task.unregister()


@exercise("huey", "publisher", 1)
def huey_enqueues(model: Model) -> None:
    """What a task builds can be put on the queue."""
    queue = huey_queue()
    task = queue.task()(pay)
    for words in ways(model, event=task.s(1)):
        queue.enqueue(*words.args, **words.kwargs)
        assert in_file(queue) == [("pay", [1])]


# --- arq --------------------------------------------------------------------------------------------------------------


@exercise("arq", "publisher", 0)
@exercise("arq", "client", 0, 1)
async def arq_enqueues(model: Model) -> None:
    """A job is on its queue with the name and arguments that are said; its result is waited for as is said."""
    import arq
    import arq.jobs

    pool = await arq.create_pool(arq.connections.RedisSettings(port=redis_server()))
    client = "errors" in model
    table = {"topic": "kw:_queue_name", "event": "arg:0|kw:function", "payload": "arg:1"} if client else model
    for words in ways(table, topic="billing", event="pay_order", payload=1):
        if "function" in words.kwargs:
            # The arguments of the job come after it.
            words.args.clear()
        await pool.flushall()
        job = await pool.enqueue_job(*words.args, **words.kwargs)
        info = await job.info()
        assert info.function == "pay_order"
        assert info.args in {(), (1,)}
        assert await pool.zcard("billing") == 1
        if client:
            if model["classes"] == ["arq.jobs.Job"]:
                job = arq.jobs.Job(job.job_id, pool, "billing")
            for said in ways(model, timeout=0.6):
                seconds, error = await ended(job.result(*said.args, **said.kwargs, poll_delay=0.1))
                assert 0.5 < seconds < 2
                assert isinstance(error, TimeoutError)
            assert (model["errors"]["timeout"], "default_timeout" in model) == (["builtins.TimeoutError"], False)
            seconds, error = await ended(asyncio.wait_for(job.result(poll_delay=0.1), 1.5))
            assert seconds > 1.4
        else:
            assert all(hasattr(job, answer) for answer in model["answers"])
    await pool.aclose()


@exercise("arq", "client", 0, 1)
async def arq_cannot_connect(model: Model) -> None:
    """A server that is gone is said by the error that is said."""
    import arq
    import arq.jobs
    import redis.exceptions

    assert model["errors"]["connection"] == ["redis.exceptions.ConnectionError"]
    job = arq.jobs.Job("1", arq.ArqRedis(port=closed_port()))
    assert isinstance((await ended(job.result(5)))[1], redis.exceptions.ConnectionError)


@exercise("arq", "entry", 0, 1, 2)
async def arq_registers(model: Model) -> None:
    """A function has the name that is said, or its own."""
    import arq
    from arq.worker import Worker

    [path] = model["registrars"]
    if path == "arq.Worker":
        for words in ways(model, handler=[pay_order]):
            pool = arq.ArqRedis(port=redis_server())
            worker = Worker(*words.args, **words.kwargs, redis_pool=pool, handle_signals=False)
            assert list(worker.functions) == [model["default_path"].format(name="pay_order")]
        return
    make = getattr(arq, path.rpartition(".")[2])
    for words in ways(model, handler=pay_order, path="pay"):
        made = make(*words.args, **words.kwargs)
        assert made.name == "pay"
        assert made.coroutine is pay_order
    if "default_path" in model:
        assert make(pay_order).name == model["default_path"].format(name="pay_order")


# --- taskiq -----------------------------------------------------------------------------------------------------------


def taskiq_broker() -> tuple[Any, list[tuple[str, Any]]]:
    """A broker that does nothing, and what it is given."""
    import taskiq

    sent: list[tuple[str, Any]] = []

    class Broker(taskiq.InMemoryBroker):  # type: ignore[misc]
        async def kick(self, message: Any) -> None:
            sent.append((message.task_name, self.formatter.loads(message.message).args))

    return Broker(), sent


@exercise("taskiq", "publisher", 0)
@exercise("taskiq", "entry", 0, 1)
async def taskiq_sends(model: Model) -> None:
    """`kiq` sends the name and arguments of a task; calling it runs it, and a kicker sends nothing by itself."""
    import taskiq

    entry = "kind" in model
    said = {"path": "orders.pay"} if entry else {"event": "orders.pay", "payload": 1}
    said |= {"handler": pay} if "handler" in model else {}
    for words in ways(model, **said):
        broker, sent = taskiq_broker()
        taskiq.async_shared_broker.default_broker(broker)
        for owner in (broker, taskiq.async_shared_broker):
            made, named = (words.args, words.kwargs) if entry else (words.made, words.named)
            registers = "handler" in model
            task = owner.register_task(*made, **named) if registers else owner.task(*made, **named)(pay)
            result = await task.kiq(1)
            await task.kicker().kiq(1)
            assert sent == [("orders.pay", [1])] * 2
            sent.clear()
            assert all(hasattr(result, answer) for answer in model.get("answers", []))
            task(1)
            assert RAN.pop() == ((1,), {})
            for builds in model.get("builds", []):
                getattr(task, builds)()
            assert sent == []
    assert broker.task(handle).task_name == f"{HERE}:handle"


@exercise("taskiq", "client", 0, 1)
async def taskiq_waits(model: Model) -> None:
    """Without a limit, a result that does not come is waited for; with one, its end is raised as is said."""
    import taskiq
    import taskiq.exceptions

    broker, _ = taskiq_broker()
    result = await broker.task(pay).kiq(1)

    def wait(*args: Any, **kwargs: Any) -> Any:
        return result.wait_result(*args, **kwargs) if "classes" in model else taskiq.gather(result, *args, **kwargs)

    for words in ways(model, timeout=0.5):
        words.args[:1] = [0.1] if words.args else []
        seconds, error = await ended(wait(*words.args, **words.kwargs))
        assert 0.4 < seconds < 2
        for key in ("both", "timeout"):
            kinds = tuple(getattr(taskiq.exceptions, path.rpartition(".")[2]) for path in model["errors"][key])
            assert isinstance(error, kinds)
    seconds, _ = await ended(asyncio.wait_for(wait(), 1.5))
    assert seconds > 1.4

    class Gone(type(broker.result_backend)):  # type: ignore[misc]
        async def is_result_ready(self, _: str) -> bool:
            raise ConnectionError

    result.result_backend = Gone()
    _, error = await ended(wait())
    for key in ("both", "connection"):
        kinds = tuple(getattr(taskiq.exceptions, path.rpartition(".")[2]) for path in model["errors"][key])
        assert isinstance(error, kinds)


# --- procrastinate ----------------------------------------------------------------------------------------------------


@exercise("procrastinate", "publisher", 0, 1, 2, 3)
@exercise("procrastinate", "entry", 0, 1)
def procrastinate_defers(model: Model) -> None:
    """A job is in the table with the name and the queue that are said; calling a task runs it."""
    import procrastinate
    from procrastinate.testing import InMemoryConnector

    app = procrastinate.App(connector=InMemoryConnector())

    def jobs() -> list[tuple[str, str, Any]]:
        found = [(job["task_name"], job["queue_name"], job["args"]) for job in app.connector.jobs.values()]
        app.connector.jobs.clear()
        return found

    def pay_one(order: int) -> None:
        pay(order)

    with app.open():
        if model.get("kind") == "schedule":

            @app.periodic(cron="0 * * * *")
            @app.task(name="orders.pay")
            def periodic(timestamp: int) -> None:
                pay(timestamp)

            assert [one.task.name for one in app.periodic_registry.periodic_tasks.values()] == ["orders.pay"]
            return
        if "kind" in model:
            for words in ways(model, path="orders.pay"):
                assert app.task(**words.kwargs)(pay_one).name == "orders.pay"
            return
        for words in ways(model, topic="billing", event="orders.pay"):
            if "tasks" in model:
                task = app.task(**words.named)(pay_one)
                for inline in model["inline"]:
                    getattr(task, inline)(1)
                    assert RAN.pop() == ((1,), {})
                for builds in model["builds"]:
                    getattr(task, builds)(priority=1)
                assert jobs() == []
            else:
                task = app.configure_task(*words.made, **words.named)
            for method in model["methods"]:
                given = ([{"order": 1}], {}) if method.startswith("batch") else ([], {"order": 1})
                sending = getattr(task, method)(*given[0], **given[1])
                if model.get("mode") == "async":
                    asyncio.run(one(sending))
                assert jobs() == [("orders.pay", "billing", {"order": 1})]


async def one(awaitable: Any) -> Any:
    """What something awaitable gives."""
    return await awaitable


# --- faust ------------------------------------------------------------------------------------------------------------


def faust_app(sent: list[tuple[str, Any]]) -> Any:
    """An application whose producer only notes what it is given."""
    import faust
    from faust.transport.drivers.aiokafka import Producer

    async def send(_: Any, topic: str, __: Any, value: Any, *___: Any, **____: Any) -> Any:
        sent.append((topic, value))
        future = asyncio.get_running_loop().create_future()
        future.set_result(None)
        return future

    async def nothing(*_: Any) -> None:
        """Does nothing."""

    Producer.send = send
    app = faust.App("shop", broker="kafka://127.0.0.1:1", value_serializer="raw", store="memory://")

    async def producer() -> Any:
        return app.producer

    app.maybe_start_client = nothing
    app.maybe_start_producer = producer
    faust.Topic.maybe_declare = nothing
    return app


@exercise("faust-streaming", "publisher", 0, 1, 3, 4)
@exercise("faust-streaming", "entry", 0)
async def faust_sends(model: Model) -> None:
    """What is sent goes to the topic that is said; that of an agent without one is named after it."""
    said = {"topic": "orders", "payload": b"paid"} if "payload" in model else {"path": "orders"}
    for words in ways(model, **said):
        for method in model.get("methods", ["send"]):
            sent: list[tuple[str, Any]] = []
            app = faust_app(sent)
            agents = "tasks" in model or "decorators" in model
            if agents:
                made, named = (words.args, words.kwargs) if "path" in model else (words.made, words.named)
                owner = app.agent(*made, **named)(handle)
                assert app.agent()(handle).get_topic_names() == (f"shop-{HERE}.handle",)
            elif "functions" in model:
                owner = app
            else:
                owner = app.topic(*words.made, **words.named)
            if "path" in model:
                await owner.cast(b"paid")
            else:
                args, kwargs = list(words.args), dict(words.kwargs)
                if agents and method == "send":
                    args, kwargs = [], {"value": b"paid"}
                kwargs |= {"reply_to": "replies"} if method == "ask_nowait" else {}
                given = getattr(owner, method)(*args, **kwargs)
                if method == "send_soon":
                    sent.append((given.message.channel.get_topic_name(), given.message.value))
                else:
                    await given
            await asyncio.sleep(0.2)
            assert [topic for topic, _ in sent] == ["orders"]
            assert b"paid" in sent[0][1] or method == "ask_nowait"


@exercise("faust-streaming", "publisher", 2)
async def faust_has_channels(model: Model) -> None:
    """What is put into a channel does not leave the process."""
    sent: list[tuple[str, Any]] = []
    app = faust_app(sent)
    [words] = ways(model, payload=b"paid")
    await (await app.channel().send(*words.args, **words.kwargs))
    assert sent == []


@exercise("faust-streaming", "client", 0)
async def faust_asks(model: Model) -> None:
    """Asking an agent waits for an answer that does not come; a broker that is gone is said as is said."""
    import aiokafka.errors

    assert model["no_timeout_offered"]
    app = faust_app([])

    async def nothing(*_: Any) -> None:
        """Does nothing."""

    class Replies:
        add = nothing

    app._reply_consumer = Replies()
    agent = app.agent("orders")(nothing)
    call = asyncio.ensure_future(agent.ask(b"1"))
    assert not (await asyncio.wait([call], timeout=2))[0]
    call.cancel()
    _, error = await ended(app.producer.start())
    assert isinstance(error, getattr(aiokafka.errors, model["errors"]["connection"][0].rpartition(".")[2]))


@exercise("faust-streaming", "entry", 1)
async def faust_has_timers(model: Model) -> None:
    """Timers call what they decorate."""
    app = faust_app([])
    started: list[Any] = []
    app.task = lambda function, **_: started.append(function)
    for path in model["decorators"]:
        getattr(app, path.rpartition(".")[2])(0.1 if path.endswith("timer") else "* * * * *")(handle)
    assert [function.__wrapped__ for function in started] == [handle] * len(model["decorators"])
