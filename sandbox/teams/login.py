"""The doors beside the connector: the service's public keys, and where a bot gets its token."""

from __future__ import annotations

from aiohttp import web

from sandbox.teams.core import Call, Core
from sandbox.teams.things import APP_ID, TENANT, Json

SCOPE = "https://api.botframework.com/.default"
REFUSED = "AADSTS7000215: Invalid client secret provided."


def add_routes(app: web.Application, core: Core) -> None:
    async def metadata(request: web.Request) -> web.Response:
        return web.json_response(
            {
                "issuer": "https://api.botframework.com",
                "authorization_endpoint": "https://invalid.botframework.com",
                "jwks_uri": f"{core.address}/login/.well-known/keys",
                "id_token_signing_alg_values_supported": ["RS256"],
                "token_endpoint_auth_methods_supported": ["private_key_jwt"],
            }
        )

    async def keys(request: web.Request) -> web.Response:
        return web.json_response({"keys": [core.doors.key.jwk()]})

    def token_for(form: Json, tenant: str) -> tuple[int, Json]:
        fault = core.faults.take("token")
        if fault is not None and fault.kind.isdigit():
            return int(fault.kind), {"error": "temporarily_unavailable", "error_description": "AADSTS90033"}
        if tenant != TENANT:
            return 400, {"error": "invalid_request", "error_description": f"AADSTS90002: Tenant '{tenant}' not found."}
        if form.get("grant_type") != "client_credentials" or form.get("scope") != SCOPE:
            return 400, {"error": "invalid_scope", "error_description": "AADSTS70011"}
        if (form.get("client_id"), form.get("client_secret")) != (APP_ID, core.doors.password):
            return 401, {"error": "invalid_client", "error_description": REFUSED}
        return 200, core.doors.access(core.tenant.stamp())

    async def token(request: web.Request) -> web.Response:
        form: Json = {key: str(value) for key, value in (await request.post()).items()}
        status, answer = token_for(form, request.match_info["tenant"])
        secretless = {key: value for key, value in form.items() if key != "client_secret"}
        core.log.append(Call("token", request.method, request.path, secretless, status, {"status": status}))
        core.tenant.changed("call")
        return web.json_response(answer, status=status)

    app.router.add_get("/login/.well-known/openidconfiguration", metadata)
    app.router.add_get("/login/.well-known/keys", keys)
    app.router.add_post("/login/{tenant}/oauth2/v2.0/token", token)
