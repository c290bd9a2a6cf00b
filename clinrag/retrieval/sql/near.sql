-- The nearest by the approximate index, as many as are asked for. A statement of its own,
-- so that what makes the planner walk the index (`walking.py`) touches nothing else; what
-- it offers goes through the door once more where it is scored, on that snapshot.
--
-- The index holds every passage of this embedder, whoever may read it: what may not be
-- read is passed over while the index is walked, so that none of the places is lost.
SELECT embedded.chunk_id
FROM ingestion_chunkembedding AS embedded
WHERE embedded.embedder = %(embedder)s
  -- A scalar subquery is asked of each passage that the walk comes by, and of no other;
  -- EXISTS or IN would list all that is in force before the first step.
  AND (
      SELECT true
      FROM ingestion_active_chunks(
          %(as_of)s::timestamptz,
          %(collection_ids)s::uuid[],
          %(known_at)s::timestamptz,
          %(supposing)s::uuid,
          %(indexed_at)s::timestamptz
      ) AS found
      WHERE found.chunk_id = embedded.chunk_id
      LIMIT 1
  )
ORDER BY
    embedded.embedding::halfvec({dimensions})
    <=> %(vector)s::halfvec({dimensions})
LIMIT %(wide)s
