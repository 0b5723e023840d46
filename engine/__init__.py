"""What Laurels is about: the model, the rules, the boards, and the host that runs them."""
