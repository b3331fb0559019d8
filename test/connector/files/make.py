"""Writes the files beside it by other programs than the tests have: pyarrow 25.0.1 and DuckDB 1.5.6.

All but two hold 400 rows: `id` counts from 1, `city` goes round the list below.
"""
import base64
import os

import duckdb
import pyarrow as pa
import pyarrow.feather as feather
import pyarrow.parquet as parquet
import pyarrow.parquet.encryption as encryption

os.chdir(os.path.dirname(os.path.abspath(__file__)))
CITIES = ["Zürich", "Bergen", None, "Oslo"]
cities = pa.table({
    "id": pa.array(range(1, 401), pa.int32()),
    "city": pa.array([CITIES[i % 4] for i in range(400)]).dictionary_encode(),
})
small = {"store_schema": False, "write_statistics": False}

feather.write_feather(cities, "pyarrow-lz4.feather", compression="lz4", chunksize=150)
zstd = pa.ipc.IpcWriteOptions(compression="zstd")
with pa.ipc.new_stream("pyarrow-zstd.arrows", cities.schema, options=zstd) as stream:
    stream.write_table(cities, 150)
parquet.write_table(cities, "pyarrow-checksums.parquet", compression="lz4", row_group_size=150, write_page_checksum=True, **small)
duckdb.sql("COPY cities TO 'duckdb-zstd.parquet' (FORMAT parquet, CODEC 'zstd')")

moments = pa.table({"when": pa.array([0, 1_709_210_096_789_000_000, None], pa.timestamp("ns"))})
parquet.write_table(moments, "pyarrow-int96.parquet", use_deprecated_int96_timestamps=True, **small)


class Keys(encryption.KmsClient):
    """Keys that are no secret."""

    def __init__(self, _configuration):
        super().__init__()

    def wrap_key(self, key, _name):
        return base64.b64encode(key)

    def unwrap_key(self, wrapped, _name):
        return base64.b64decode(wrapped)


for name, plaintext_footer in [("pyarrow-encrypted", False), ("pyarrow-encrypted-column", True)]:
    configuration = encryption.EncryptionConfiguration(
        footer_key="f", column_keys={"k": ["city"]}, plaintext_footer=plaintext_footer, double_wrapping=False
    )
    properties = encryption.CryptoFactory(Keys).file_encryption_properties(encryption.KmsConnectionConfig(), configuration)
    table = pa.table({"id": pa.array([1], pa.int32()), "city": ["Oslo"]})
    with parquet.ParquetWriter(f"{name}.parquet", table.schema, encryption_properties=properties, **small) as writer:
        writer.write_table(table)
