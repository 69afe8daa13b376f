namespace Siamese.Galleries.Garnet;

/// <summary>A vector that a shard's graph has near a query.</summary>
/// <param name="Shard">The shard.</param>
/// <param name="Member">The vector's name in the set.</param>
/// <param name="Version">Its version.</param>
/// <param name="Id">The id of the item that it is, or was, of.</param>
/// <param name="Score">The squared Euclidean distance, of quantized vectors where they are.</param>
internal readonly record struct Candidate(int Shard, byte[] Member, Guid Version, string Id, double Score);
