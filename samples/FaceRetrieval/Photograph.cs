namespace Siamese.Samples.FaceRetrieval;

/// <summary>A file of a folder of photographs.</summary>
/// <param name="Path">The full path, which is its id in a gallery.</param>
/// <param name="Name">The path below the folder, with <c>/</c> between its parts.</param>
/// <param name="Person">The name of the folder that holds it.</param>
internal sealed record Photograph(string Path, string Name, string Person);
