"""What several benchmarks need: messages, a sender, servers under measurement, the machine's own figures."""
