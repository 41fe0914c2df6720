from tests.feeds.stream.desk import desk, kafka_server, let_go, nats_server

__all__ = ["desk", "kafka_server", "let_go", "nats_server"]
