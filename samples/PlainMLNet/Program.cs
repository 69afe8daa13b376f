// Scores rows with a chain that Siamese.Pipelines fitted and ML.NET saved, in a program that knows ML.NET alone.
using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;

const string Label = "PredictedLabel";

if (args is not ([_, _] or [_, _, "--column", _]))
{
    Console.Error.WriteLine("Usage: PlainMLNet <chain.zip> <rows.idv> [--column <name of a vector of numbers>]");
    return 2;
}

if (args.Take(2).FirstOrDefault(path => !File.Exists(path)) is { } absent)
{
    Console.Error.WriteLine($"There is no file '{absent}'.");
    return 1;
}

var ml = new MLContext(seed: 1);
ITransformer chain = ml.Model.Load(args[0], out _);
// Cached, since each column below is read by itself and would have the networks run again.
IDataView scored = ml.Data.Cache(chain.Transform(ml.Data.LoadFromBinary(args[1])));
string[] names = [.. scored.Schema.Select(column => column.Name).Distinct()];

string? vector = args is [_, _, _, var name] ? name : null;
string[] wanted = vector is null ? [Label] : names.Contains(Label) ? [Label, vector] : [vector];
if (wanted.Except(names).FirstOrDefault() is { } missing)
{
    Console.Error.WriteLine($"The chain gives no column '{missing}'; it gives '{string.Join("', '", names)}'.");
    return 1;
}

if (vector is not null && (scored.Schema[vector].Type as VectorDataViewType)?.ItemType != NumberDataViewType.Single)
{
    Console.Error.WriteLine($"Column '{vector}' is {scored.Schema[vector].Type}, but --column takes a vector of Single.");
    return 1;
}

IEnumerable<string>[] columns = [.. wanted.Select(column => column == vector ? Numbers(column) : Labels(column))];
foreach (string line in columns.Aggregate((left, right) => left.Zip(right, (label, numbers) => $"{label}\t{numbers}")))
{
    Console.WriteLine(line);
}

return 0;

// Labels as text, whatever their type: text, numbers, or keys. The missing key, 0, is ML.NET's way to say that none of the classes fits.
IEnumerable<string> Labels(string column)
{
    DataViewSchema.Column label = scored.Schema[column];
    if (label.Type is not KeyDataViewType)
    {
        return Text(ml.Transforms.Conversion.ConvertType("Text", column, DataKind.String));
    }

    IEnumerable<uint> keys = scored.GetColumn<uint>(label);
    IEnumerable<string> classes = label.Annotations.Schema.GetColumnOrNull("KeyValues") is null
        ? keys.Select(key => $"class {key}")
        : Text(ml.Transforms.Conversion.MapKeyToValue("Value", column)
            .Append(ml.Transforms.Conversion.ConvertType("Text", "Value", DataKind.String)));
    return keys.Zip(classes, (key, name) => key == 0 ? "unknown" : name);
}

IEnumerable<string> Text(IEstimator<ITransformer> convert) => convert.Fit(scored).Transform(scored).GetColumn<string>("Text");

IEnumerable<string> Numbers(string column) =>
    scored.GetColumn<float[]>(column)
        .Select(values => string.Join(' ', values.Select(value => value.ToString("R", CultureInfo.InvariantCulture))));
