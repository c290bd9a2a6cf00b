-- Full-text configurations that fold accents before stemming, one per language.
-- "Hémorragie" and "hemorragie" become the same term, in passages and in questions.
CREATE TEXT SEARCH CONFIGURATION clinrag_simple (COPY = simple);
ALTER TEXT SEARCH CONFIGURATION clinrag_simple
    ALTER MAPPING FOR hword, hword_part, word WITH unaccent, simple;

CREATE TEXT SEARCH CONFIGURATION clinrag_english (COPY = english);
ALTER TEXT SEARCH CONFIGURATION clinrag_english
    ALTER MAPPING FOR hword, hword_part, word WITH unaccent, english_stem;

CREATE TEXT SEARCH CONFIGURATION clinrag_french (COPY = french);
ALTER TEXT SEARCH CONFIGURATION clinrag_french
    ALTER MAPPING FOR hword, hword_part, word WITH unaccent, french_stem;

CREATE TEXT SEARCH CONFIGURATION clinrag_portuguese (COPY = portuguese);
ALTER TEXT SEARCH CONFIGURATION clinrag_portuguese
    ALTER MAPPING FOR hword, hword_part, word WITH unaccent, portuguese_stem;

CREATE TEXT SEARCH CONFIGURATION clinrag_spanish (COPY = spanish);
ALTER TEXT SEARCH CONFIGURATION clinrag_spanish
    ALTER MAPPING FOR hword, hword_part, word WITH unaccent, spanish_stem;

CREATE TEXT SEARCH CONFIGURATION clinrag_german (COPY = german);
ALTER TEXT SEARCH CONFIGURATION clinrag_german
    ALTER MAPPING FOR hword, hword_part, word WITH unaccent, german_stem;
