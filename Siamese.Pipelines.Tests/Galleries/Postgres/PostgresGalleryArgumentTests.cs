using Npgsql;
using Siamese.Galleries.Postgres;
using Siamese.Pipelines.Embeddings;

namespace Siamese.Pipelines.Tests.Galleries.Postgres;

/// <summary>What is refused before any server is asked, and what is told where there is none.</summary>
public sealed class PostgresGalleryArgumentTests
{
    private const string Nowhere = "Host=127.0.0.1;Port=1;Username=ada;Password=secret;Database=photos";

    private static readonly EmbeddingSpace Plane = new("a network", 2);

    [Test]
    public void A_server_that_is_not_there_is_named()
    {
        Assert.That(
            async () => await PostgresGallery.OpenOrCreateAsync(Nowhere, "faces", Plane),
            Throws.InstanceOf<IOException>().With.Message.Contains("'faces'").And.Message.Contains("127.0.0.1:1/photos")
                .And.Message.Contains("See that the server runs").And.InnerException.InstanceOf<NpgsqlException>());
    }

    [Test]
    public void A_connection_string_that_cannot_be_read_is_refused_without_telling_it()
    {
        Assert.That(
            async () => await PostgresGallery.OpenOrCreateAsync("Password=secret;Colour=red", "faces", Plane),
            Throws.ArgumentException.With.Property("ParamName").EqualTo("connectionString").And.Message.Contains("Colour").IgnoreCase
                .And.Message.Not.Contains("secret"));
    }

    [Test]
    public void A_name_or_space_that_cannot_be_kept_is_refused()
    {
        Assert.That(
            async () => await PostgresGallery.OpenOrCreateAsync(Nowhere, " ", Plane),
            Throws.ArgumentException.With.Property("ParamName").EqualTo("name"));
        Assert.That(
            async () => await PostgresGallery.OpenOrCreateAsync(Nowhere, new string('x', 2049), Plane),
            Throws.ArgumentException.With.Property("ParamName").EqualTo("name").And.Message.Contains("2049 bytes"));
        Assert.That(
            async () => await PostgresGallery.OpenOrCreateAsync(Nowhere, "faces", new EmbeddingSpace("a network", 16001)),
            Throws.ArgumentException.With.Property("ParamName").EqualTo("space").And.Message.Contains("16001").And.Message.Contains("16000"));
    }

    [Test]
    public void Options_out_of_their_ranges_are_refused()
    {
        Assert.That(() => new PostgresGalleryOptions { M = 1 }, Refused("M"));
        Assert.That(() => new PostgresGalleryOptions { M = 101 }, Refused("M"));
        Assert.That(() => new PostgresGalleryOptions { EfConstruction = 1001 }, Refused("EfConstruction"));
        Assert.That(() => new PostgresGalleryOptions { EfSearch = 0 }, Refused("EfSearch"));
        Assert.That(() => new PostgresGalleryOptions { BuildMegabytes = 0 }, Refused("BuildMegabytes"));
        Assert.That(
            () => new PostgresGalleryOptions { Schema = new string('x', 64) }, Throws.ArgumentException.With.Property("ParamName").EqualTo("Schema"));
        Assert.That(
            async () => await PostgresGallery.OpenOrCreateAsync(Nowhere, "faces", Plane, new() { M = 40, EfConstruction = 79 }),
            Throws.ArgumentException.With.Property("ParamName").EqualTo("options").And.Message.Contains("79").And.Message.Contains("40"));
    }

    private static NUnit.Framework.Constraints.IResolveConstraint Refused(string option) =>
        Throws.InstanceOf<ArgumentOutOfRangeException>().With.Property("ParamName").EqualTo(option);
}
