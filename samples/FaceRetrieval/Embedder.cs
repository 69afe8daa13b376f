using Siamese.Pipelines.Faces;

namespace Siamese.Samples.FaceRetrieval;

/// <summary>A face network under the name of its file.</summary>
internal sealed record Embedder(string Name, FaceModel Model);
