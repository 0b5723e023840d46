"""From a document that a person writes to a plan that an event can be evaluated by."""
