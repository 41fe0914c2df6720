"""Around the loop, by the question asked: may this input be used, may this version, may this go out, does it do good."""
