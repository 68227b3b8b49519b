"""Settings, all read from the environment. The same code runs small (`make run`) and large: only addresses differ."""

from __future__ import annotations

from pathlib import Path

import environ
from csp.constants import NONCE, SELF
from django.utils.translation import gettext_lazy as _

from portal.environment import home, load_environment
from portal.logs import logging_config

load_environment()
env = environ.Env()

BASE_DIR = Path(__file__).resolve().parent.parent
SLIPWAY_HOME = home()

DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = env("SECRET_KEY")
SLIPWAY_KEYS = env.list("SLIPWAY_KEYS")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
# Plain HTTP is for the loopback address of `make run`; everything else is behind TLS.
HTTPS = env.bool("HTTPS", default=True)
# How many proxies of ours stand in front; only then do `X-Forwarded-For` and `X-Forwarded-Proto` count.
TRUSTED_PROXIES = env.int("TRUSTED_PROXIES", default=0)

INSTALLED_APPS = [
    "portal.audit",
    "portal.outbox",
    "portal.live",
    "portal.operations",
    "portal.ui",
    "portal.local",
    "tenants",
    "apps_mgmt",
    "releases",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "axes",
    "channels",
    "django_htmx",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "guardian",
    "rest_framework",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "portal.middleware.TrustedProxiesMiddleware",
    "portal.middleware.RequestIdMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "portal.middleware.PrivatePagesMiddleware",
    "portal.middleware.ErrorPagesMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "tenants.accounts.middleware.AccountsMiddleware",
]

ROOT_URLCONF = "portal.urls"
ASGI_APPLICATION = "portal.asgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "portal.ui.context.csp_nonce",
                "portal.ui.context.nav",
            ],
            "builtins": ["portal.ui.templatetags.ui"],
        },
    }
]

DATABASES = {"default": env.db_url("DATABASE_URL")}
DATABASES["default"] |= {
    "ENGINE": "portal.database",
    # Under ASGI a kept connection belongs to a thread that may never come back; the pool lends and takes.
    "CONN_MAX_AGE": 0,
    "OPTIONS": {
        "pool": {"min_size": 1, "max_size": env.int("DATABASE_POOL", default=20), "timeout": 10},
        "options": "-c lock_timeout=10s -c idle_in_transaction_session_timeout=60s",
    },
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = env("REDIS_URL")
CHANNEL_LAYERS = {
    "default": {
        "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
        "CONFIG": {"hosts": [REDIS_URL], "prefix": "slipway"},
    }
}

# Worker threads of all workers together; a cluster gets at most a quarter of them.
OUTBOX_SLOTS = env.int("OUTBOX_SLOTS", default=16)

CELERY_BROKER_URL = REDIS_URL
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 300, "socket_timeout": 5, "socket_connect_timeout": 1}
CELERY_TASK_PUBLISH_RETRY = False
CELERY_WORKER_HIJACK_ROOT_LOGGER = False

AUTH_USER_MODEL = "tenants.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
    "guardian.backends.ObjectPermissionBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
CSRF_FAILURE_VIEW = "portal.error_pages.forbidden"
LOGIN_URL = "sign-in"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "sign-in"
ANONYMOUS_USER_NAME = None
GUARDIAN_RAISE_403 = False

# allauth carries a sign-in through its steps; none of its pages is routed. Its rate limits stay off: they live in a
# cache that may be lost, while axes counts wrong passwords and `tenants.accounts.factors` wrong codes in the database.
ACCOUNT_ADAPTER = "tenants.accounts.adapter.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_RATE_LIMITS = False
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
# The clock of a phone may be half a minute off.
MFA_TOTP_TOLERANCE = 1
# Whether people with rights over the platform may not be without a second factor.
REQUIRE_SECOND_FACTOR_FOR_PLATFORM = env.bool("REQUIRE_SECOND_FACTOR_FOR_PLATFORM", default=False)

AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_FAILURE_LIMIT = 8
AXES_COOLOFF_TIME = 0.25
# Whatever the names. Many people may share an address, so it is well above what locks a name.
SIGN_IN_FAILURES_PER_ADDRESS = 40
AXES_RESET_ON_SUCCESS = True
AXES_VERBOSE = False

LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English"))]
TIME_ZONE = "UTC"
USE_I18N = True
USE_TZ = True

STATIC_URL = "static/"
STATIC_ROOT = env("STATIC_ROOT", default=None)
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG

DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "tenants.tokens.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["portal.operations.parsing.StrictJSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "portal.operations.api_errors.answer",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Slipway",
    "DESCRIPTION": "Everything a person can do in Slipway is one of a fixed set of operations.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "COMPONENT_SPLIT_REQUEST": True,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.IsAuthenticated"],
    "ENUM_NAME_OVERRIDES": {
        "ClusterState": "releases.api.clusters.STATES",
        "QuotaRequestState": "tenants.models.QuotaRequest.State",
        "StrategyKind": "apps_mgmt.operations.releasing.strategy.KINDS",
    },
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "portal.operations.api_schema.without_unknown_fields",
    ],
}

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF, NONCE],
        "style-src": [SELF, NONCE],
        "img-src": [SELF, "data:"],
        "connect-src": [SELF],
        "frame-ancestors": ["'none'"],
        "form-action": [SELF],
        "base-uri": ["'none'"],
        "object-src": ["'none'"],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 12 * 60 * 60
SESSION_COOKIE_SECURE = HTTPS
CSRF_COOKIE_SECURE = HTTPS
CSRF_COOKIE_HTTPONLY = True
SECURE_SSL_REDIRECT = HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_HSTS_PRELOAD = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
if HTTPS:
    SESSION_COOKIE_NAME = "__Host-session"
    CSRF_COOKIE_NAME = "__Host-csrf"
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXIES else None

SILENCED_SYSTEM_CHECKS = [
    # A connection pool needs CONN_MAX_AGE=0; guardian's anonymous user is switched off on purpose.
    "guardian.W001",
    # Both pages that ask for a password answer a locked one themselves; under ASGI the middleware of axes breaks it.
    "axes.W002",
]

# Which servers a cluster may have besides public https ones: host[:port] patterns or networks in CIDR form.
SLIPWAY_CLUSTER_SERVERS_ALLOWED = env.list("SLIPWAY_CLUSTER_SERVERS_ALLOWED", default=[])
# Which servers steps of releases may call besides public https ones, written in the same way.
SLIPWAY_CALL_SERVERS_ALLOWED = env.list("SLIPWAY_CALL_SERVERS_ALLOWED", default=[])
# The end of every chain of the audit log is signed with this key (32 bytes in base64) now and then, and copied to a
# folder or posted to an address, or both. Servers there besides public https ones are listed as those of clusters are.
SLIPWAY_AUDIT_KEY = env("SLIPWAY_AUDIT_KEY", default="")
SLIPWAY_AUDIT_ORIGIN = env("SLIPWAY_AUDIT_ORIGIN", default="slipway/audit")
SLIPWAY_AUDIT_FOLDER = env("SLIPWAY_AUDIT_FOLDER", default="")
SLIPWAY_AUDIT_URL = env("SLIPWAY_AUDIT_URL", default="")
SLIPWAY_AUDIT_TOKEN = env("SLIPWAY_AUDIT_TOKEN", default="")
SLIPWAY_AUDIT_SERVERS_ALLOWED = env.list("SLIPWAY_AUDIT_SERVERS_ALLOWED", default=[])
SLIPWAY_AUDIT_SECONDS = env.int("SLIPWAY_AUDIT_SECONDS", default=600)
# The class of the Gateways that Slipway makes, as the clusters' Gateway controller calls it.
SLIPWAY_GATEWAY_CLASS = env("SLIPWAY_GATEWAY_CLASS", default="slipway")
SLIPWAY_PLATFORM_DOMAIN = env("SLIPWAY_PLATFORM_DOMAIN", default="apps.localhost")

LOGGING = logging_config(level=env("LOG_LEVEL", default="INFO"))
