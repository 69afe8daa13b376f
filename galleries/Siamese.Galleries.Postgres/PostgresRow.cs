using Pgvector;

namespace Siamese.Galleries.Postgres;

/// <summary>A row of the table of items.</summary>
/// <param name="Id">The item's id.</param>
/// <param name="Label">Its label.</param>
/// <param name="Metadata">Its metadata as JSON; null where there is none.</param>
/// <param name="Embedding">Its embedding as it is kept.</param>
internal readonly record struct PostgresRow(string Id, string Label, string? Metadata, Vector Embedding);
