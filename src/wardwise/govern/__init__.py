"""Around the loop, by the question asked: may this input, this version be used, may this go out, does it do good."""
