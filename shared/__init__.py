"""The plumbing every service stands on, without a business word; what follows is its map.

What is decided is saved in one write. ``store`` has the verbs for documents of one kind, ``collection`` loads and
writes many at once, ``fold`` is one ``document`` between two writes, and ``voice`` puts its events into words. ``port``
is what is asked of a database: ``driver`` asks MongoDB, ``memory`` stands in for it. Below: ``coalesce``, ``encoding``.

What was saved is sent by ``relay``, in the form of ``envelope``, to the Kafka of ``kafka``.

What comes is handled once: ``fetching``, ``consumer`` (batches), ``delivery`` (whose fault is an error?), a service's
handlers; what cannot be handled waits in ``parked``. What is due is done by ``timers``, when the ``clock`` says so.

What is asked over HTTP: ``http`` makes the application, ``identity`` and ``tokens`` know who asks, and a ``command`` is
a request that may be repeated. ``bodies``, ``validation`` and ``text`` look at what comes, ``pages`` and ``problems``
answer; ``files`` are those that people send. ``peers`` asks another service.

A process is put together by ``service`` from its ``settings``. ``health`` says how it does and ``operations`` lets an
operator see to it; ``telemetry``, ``http_telemetry`` and ``metrics`` tell what it does. ``errors`` says whose fault.
"""
