# One image for web, worker and beat. It runs as an ordinary user and writes to /srv/documents alone.
FROM python:3.13-slim-bookworm AS build
COPY requirements.lock /tmp/
RUN python -m venv /opt/venv && /opt/venv/bin/pip install --no-cache-dir --require-hashes -r /tmp/requirements.lock

FROM python:3.13-slim-bookworm
RUN apt-get update \
    && apt-get install -y --no-install-recommends libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 libmagic1 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --home-dir /srv saisine \
    && mkdir -p /srv/documents /srv/static \
    && chown saisine: /srv/documents
COPY --from=build /opt/venv /opt/venv
COPY . /srv/saisine
WORKDIR /srv/saisine
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    DJANGO_SETTINGS_MODULE=config.settings.base \
    MEDIA_ROOT=/srv/documents \
    STATIC_ROOT=/srv/static
# collectstatic asks for settings, not for servers: these values serve this line alone.
RUN SECRET_KEY=build SITE_URL=https://build.invalid DATABASE_URL=postgres://build@build/build REDIS_URL=redis://build \
    EMAIL_URL=smtp://build DEFAULT_FROM_EMAIL=build@build.invalid HEALTH_KEYS=build SEALING_KEYS=build python manage.py collectstatic --noinput
USER saisine
EXPOSE 8000
CMD ["gunicorn", "config.wsgi:application", "--bind", "0.0.0.0:8000", "--workers", "4", "--timeout", "60"]
