from django.db import migrations

# Everything is qualified: a restored dump creates its indexes with an empty search_path.
FORWARD = """
CREATE FUNCTION public.vacancies_fold(text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT pg_catalog.regexp_replace(
        pg_catalog.lower(public.unaccent('public.unaccent'::pg_catalog.regdictionary, $1)), '[^0-9a-z]+', ' ', 'g'
    )
$$;
"""
BACKWARD = "DROP FUNCTION public.vacancies_fold(text);"


class Migration(migrations.Migration):
    dependencies = [("vacancies", "0005_imports_and_declarations")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
