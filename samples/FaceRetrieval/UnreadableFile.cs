namespace Siamese.Samples.FaceRetrieval;

/// <summary>A file that could not be read.</summary>
internal sealed record UnreadableFile(string Name, string Why);
