using Siamese.Samples.Shared;

namespace Siamese.Pipelines.Tests.Samples;

public sealed class FigureTests
{
    [Test]
    public void Saved_files_hold_what_was_drawn_and_replace_what_was_there()
    {
        using var folder = new TemporaryFolder();
        Figure figure = Figures.LossCurves([2, 1]);
        string png = folder.Write("loss.png", [1, 2, 3]);
        string svg = folder.File("deeper/loss.svg");

        figure.SavePng(png);
        figure.SaveSvg(svg);

        Assert.That(File.ReadAllBytes(png), Is.EqualTo(figure.ToPng()));
        Assert.That(File.ReadAllText(svg), Is.EqualTo(figure.ToSvg()));
        Assert.That(Directory.GetFiles(folder.Path, "*", SearchOption.AllDirectories), Is.EquivalentTo(new[] { png, svg }));
    }

    [TestCase(0)]
    [TestCase(11)]
    [TestCase(double.NaN)]
    public void A_scale_out_of_range_is_refused(double scale)
    {
        Assert.That(
            () => Figures.LossCurves([1]).ToPng(scale),
            Throws.InstanceOf<ArgumentOutOfRangeException>().With.Property("ParamName").EqualTo("scale"));
    }

    [Test]
    public void Figures_are_drawn_side_by_side()
    {
        Figure[] figures =
        [
            .. Enumerable.Range(1, 8).Select(i => Figures.LossCurves([.. Enumerable.Range(1, i).Select(epoch => 1.0 / epoch)])),
        ];
        byte[][] one = [.. figures.Select(figure => figure.ToPng(scale: 1))];

        byte[][] many = [.. figures.AsParallel().AsOrdered().Select(figure => figure.ToPng(scale: 1))];

        Assert.That(many, Is.EqualTo(one));
    }
}
