using System.Numerics.Tensors;
using Siamese.Pipelines.Embeddings;
using Siamese.Pipelines.Faces;

namespace Siamese.Pipelines.Tests.Faces;

public sealed class FaceEmbedderTests
{
    private static IEnumerable<string> DescriptorNames => FaceData.Expected.Descriptors.Keys;

    [TestCaseSource(nameof(DescriptorNames))]
    public void Descriptors_are_those_of_the_networks_own_package(string name)
    {
        using ImageEmbedder embedder = FaceData.LoadDlib().Embedding.CreateEmbedder();

        float[] found = embedder.Embed(FaceData.Crop(name));

        // Seven digits in the file, and 5e-7 between the runtimes.
        Assert.That(found, Is.EqualTo(FaceData.Expected.Descriptors[name]).Within(1e-6));
    }

    [Test]
    public void Distances_of_photographs_are_within_a_twentieth_of_the_reference()
    {
        using SsdFaceDetector detector = FaceData.LoadSsd();
        using var embedder = new FaceEmbedder(detector, FaceData.LoadDlib());
        float[] Embed(string name) => embedder.Embed(FaceData.Lfw(name))[0].Embedding;

        foreach (FaceExpectations.Pair pair in FaceData.Expected.Chain.Distances)
        {
            Assert.That(TensorPrimitives.Distance(Embed(pair.A), Embed(pair.B)), Is.EqualTo(pair.Euclidean).Within(0.05f), $"{pair.A}, {pair.B}");
        }
    }
}
