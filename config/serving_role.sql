-- What a role that only serves may do, for web, worker and beat. Once, as the role that migrates, in the site's database, after
--     CREATE ROLE saisine_serves LOGIN PASSWORD '…'
-- by whoever administers the server. What later migrations create is granted as it comes.
GRANT USAGE ON SCHEMA public TO saisine_serves;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO saisine_serves;
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO saisine_serves;
REVOKE INSERT, UPDATE, DELETE ON django_migrations FROM saisine_serves;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO saisine_serves;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO saisine_serves;
