using Siamese.Pipelines.Embeddings;

namespace Siamese.Pipelines.Retrieval;

/// <summary>What a gallery's file says of itself.</summary>
/// <param name="Space">Whose embeddings it holds.</param>
/// <param name="Threshold">The calibrated distance of identification, if any.</param>
/// <param name="Version">Rises with every change, so that a process sees what another one wrote.</param>
/// <param name="Count">The number of rows.</param>
/// <param name="NextPosition">The key of the next row.</param>
/// <param name="Sum">The sum of the rows' checksums, modulo 2^64: rows that vanish are missed.</param>
internal sealed record GalleryHeader(EmbeddingSpace Space, float? Threshold, long Version, long Count, long NextPosition, ulong Sum);
