"""Avro schemas as data: one `.avsc` a record, `history/` its frozen versions. `pipeline.codec.schemas` reads them."""
