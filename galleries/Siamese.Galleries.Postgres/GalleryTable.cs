using System.Globalization;
using Siamese.Pipelines.Embeddings;

namespace Siamese.Galleries.Postgres;

/// <summary>The table of one gallery: its names, and what is asked of it in SQL.</summary>
internal sealed class GalleryTable(string schema, int number, EmbeddingSpace space)
{
    /// <summary>What a vector of pgvector holds.</summary>
    public const int GreatestDimension = 16000;

    // What its indexes hold of either type.
    private const int GreatestIndexedVector = 2000;
    private const int GreatestIndexedHalfVector = 4000;

    private readonly string _operator = space.Distance == DistanceMetric.Cosine ? "<=>" : "<->";

    private readonly string _plainName = string.Create(CultureInfo.InvariantCulture, $"items_{number}");

    /// <summary>Gets the table's qualified name, quoted.</summary>
    public string Name => $"{PostgresText.Quote(schema)}.{_plainName}";

    /// <summary>Gets the qualified name of the index of nearest neighbors, quoted.</summary>
    public string Index => $"{Name}_nearest";

    /// <summary>Gets whether an index can hold the embeddings at all.</summary>
    public bool CanBeIndexed => space.Dimension <= GreatestIndexedHalfVector;

    /// <summary>Gets whether an index holds the embeddings rounded to float16: those of more than 2,000 components.</summary>
    public bool IsIndexedHalf => space.Dimension > GreatestIndexedVector && CanBeIndexed;

    public string InsertText =>
        $"INSERT INTO {Name} (id, label, metadata, embedding) "
        + "SELECT id, label, metadata::jsonb, embedding "
        + "FROM unnest($1::text[], $2::text[], $3::text[], $4::vector[]) AS added (id, label, metadata, embedding)";

    public string UpsertText => InsertText
        + " ON CONFLICT (id) DO UPDATE SET label = excluded.label, metadata = excluded.metadata, embedding = excluded.embedding";

    public string CopyText => $"COPY {Name} (id, label, metadata, embedding) FROM STDIN (FORMAT BINARY)";

    /// <summary>Gives the statements that make the table.</summary>
    public string CreateText => string.Create(
        CultureInfo.InvariantCulture,
        $"""
        CREATE TABLE {Name} (
          id text COLLATE "C" PRIMARY KEY,
          label text COLLATE "C" NOT NULL,
          metadata jsonb,
          embedding vector({space.Dimension}) NOT NULL);
        CREATE INDEX {_plainName}_label ON {Name} (label);
        """);

    /// <summary>Gets the statements that put the index just made into the place of the one before: only these keep searches waiting.</summary>
    public string TakeIndexText => $"DROP INDEX IF EXISTS {Index}; ALTER INDEX {Name}_new RENAME TO {_plainName}_nearest";

    /// <summary>Gives the statement that makes the index of nearest neighbors.</summary>
    public string CreateIndexText(int m, int efConstruction)
    {
        string distance = space.Distance == DistanceMetric.Cosine ? "cosine" : "l2";
        string held = IsIndexedHalf ? $"({Half("embedding")}) halfvec_{distance}_ops" : $"embedding vector_{distance}_ops";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"CREATE INDEX {_plainName}_new ON {Name} USING hnsw ({held}) WITH (m = {m}, ef_construction = {efConstruction})");
    }

    /// <summary>Gives the search for many queries at once, whose parameters are the queries and how many items are wanted.</summary>
    /// <param name="condition">What an item must be; empty for anything.</param>
    public string SearchText(string condition) => SearchText($"{Name} AS item {Where(condition)}", "item");

    /// <summary>Gives the search of an index for candidates, whose number is the third parameter, of which the nearest are taken.</summary>
    /// <param name="condition">What an item must be; empty for anything.</param>
    public string CandidatesText(string condition)
    {
        string order = IsIndexedHalf
            ? $"{Half("item.embedding")} {_operator} {Half("query.embedding")}"
            : $"item.embedding {_operator} query.embedding";
        string candidates = $"SELECT id, label, embedding FROM {Name} AS item {Where(condition)} ORDER BY {order} LIMIT $3";
        return SearchText($"({candidates}) AS candidate", "candidate");
    }

    // An index yields items in an order that is nearly right; the last line makes it right.
    private string SearchText(string items, string item) =>
        $"""
        SELECT query.number, near.id, near.label, near.distance
        FROM unnest($1::vector[]) WITH ORDINALITY AS query (embedding, number)
        CROSS JOIN LATERAL (
          SELECT {item}.id, {item}.label, {item}.embedding {_operator} query.embedding AS distance FROM {items}
          ORDER BY {item}.embedding {_operator} query.embedding LIMIT $2) AS near
        ORDER BY query.number, near.distance, near.id
        """;

    private static string Where(string condition) => condition.Length == 0 ? "" : $"WHERE {condition}";

    private string Half(string vector) => string.Create(CultureInfo.InvariantCulture, $"{vector}::halfvec({space.Dimension})");
}
