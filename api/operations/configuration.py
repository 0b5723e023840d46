"""`PUT /admin/v1/configuration`: a configuration file put in force as one version (SPEC 12)."""

from http import HTTPStatus

from api.operations.call import Call, NoQuery, Reply
from api.operations.status import status_of
from engine.configuration.document import parse_toml
from engine.model.errors import ConfigurationInvalid


async def put(call: Call[NoQuery, bytes]) -> Reply:
    """Put a configuration file (TOML) in force; one that changes nothing makes no version.

    Raises:
        ConfigurationInvalid: names every place that is wrong; nothing has changed.
    """
    if not call.body.strip():
        raise ConfigurationInvalid([("", "the body holds no configuration")])
    await call.scope.configure(parse_toml(call.body))
    return Reply(HTTPStatus.OK, status_of(call.engine, call.scope))
