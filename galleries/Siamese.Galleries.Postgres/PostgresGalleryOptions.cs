using Siamese.Pipelines;

namespace Siamese.Galleries.Postgres;

/// <summary>Where in a database a gallery is kept, and how its index is built and searched.</summary>
public sealed record PostgresGalleryOptions
{
    /// <summary>Gets the schema of the database that holds the tables of the galleries; it is made where there is none.</summary>
    /// <value>The default is <c>siamese</c>.</value>
    /// <exception cref="ArgumentException">The value is blank, or no name that PostgreSQL can hold: at most 63 bytes of UTF-8.</exception>
    public string Schema { get; init => field = PostgresText.CheckIdentifier(value, nameof(Schema)); } = "siamese";

    /// <summary>Gets the number of neighbors that each item of an HNSW index is linked to, from 2 to 100: the more, the better and slower.</summary>
    /// <value>The default is 16, as in pgvector.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is out of the range.</exception>
    public int M { get; init => field = Guard.InRange(value, 2, 100, nameof(M)); } = 16;

    /// <summary>
    /// Gets the number of candidates looked at when an item is linked into an HNSW index, from 4 to 1,000 and at least twice <see cref="M"/>.
    /// </summary>
    /// <value>The default is 64, as in pgvector.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is out of the range.</exception>
    public int EfConstruction { get; init => field = Guard.InRange(value, 4, 1000, nameof(EfConstruction)); } = 64;

    /// <summary>
    /// Gets the number of candidates that a search of an HNSW index keeps, from 1 to 1,000; a search for more items keeps as many as it is for.
    /// </summary>
    /// <value>
    /// The default is 100. Of 20,000 embeddings that hardly cluster, 0.76 of the ten nearest were found, and 0.55 with pgvector's default of 40; of
    /// those of well apart clusters all, with either.
    /// </value>
    /// <exception cref="ArgumentOutOfRangeException">The value is out of the range.</exception>
    public int EfSearch { get; init => field = Guard.InRange(value, 1, 1000, nameof(EfSearch)); } = 100;

    /// <summary>Gets the memory that building an index may take on the server, in megabytes. One that does not fit is built more slowly.</summary>
    /// <value>The default is null: what the server's <c>maintenance_work_mem</c> says.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is less than 1.</exception>
    public int? BuildMegabytes { get; init => field = value is int some ? Guard.AtLeast(some, 1, nameof(BuildMegabytes)) : null; }

    /// <summary>Gets whether searches look at every item, even where there is an index.</summary>
    /// <value>The default is false.</value>
    public bool Exact { get; init; }
}
