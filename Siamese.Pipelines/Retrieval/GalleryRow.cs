namespace Siamese.Pipelines.Retrieval;

/// <summary>A row to be added: its entry, and its embedding as the gallery keeps it.</summary>
internal readonly record struct GalleryRow(GalleryEntry Entry, ReadOnlyMemory<float> Embedding);
